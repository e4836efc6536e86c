"""What the equations offer is what the form's toggles add, and no part of the model."""

import re

import pytest
import reference_data

from mlmwidget import datasets
from mlmwidget.formula.parse import parse
from mlmwidget.widget.edits import apply_edit
from mlmwidget.widget.form import addable
from mlmwidget.widget.source import Source
from mlmwidget.widget.texts import texts
from mlmwidget.widget.view import view

OFFER = re.compile(r"\\htmlData\{part=([^,}]+), absent=yes\}")
OFFERING = "Reaction ~ Days + (0 + Days | Subject)"


def offers(shown, field="latex"):
    blocks = [block for notation in shown["notations"] for block in notation["equations"]]
    return {part for block in blocks for part in OFFER.findall(block[field] or "")}


@pytest.mark.parametrize("record", reference_data.formulas(), ids=lambda record: record["id"])
def test_every_offer_is_a_toggle_that_adds_it(record):
    source = Source(reference_data.load(record["dataset"]))
    spec = parse(record["formula"], source, record["family"])
    shown = view(spec, source)
    offered = offers(shown)
    assert offered <= set(addable(shown["form"]))
    assert not offers(shown, "plain")
    toggles = [t for card in shown["form"]["groups"] for t in (card["intercept"], *card["slopes"])]
    for toggle in toggles:
        if toggle["part"] in offered:
            added = apply_edit(spec, {**toggle["request"], "on": True}, source.columns)
            assert sum(len(g.terms) + g.intercept for g in added.groups) == 1 + sum(
                len(g.terms) + g.intercept for g in spec.groups
            )


def test_a_varying_slope_alone_is_offered_its_intercept_in_both_level_styles():
    source = Source(reference_data.load("sleepstudy"))
    shown = view(parse(OFFERING, source), source)
    offering = [n["name"] for n in shown["notations"] if offers({"notations": [n]})]
    assert offering == ["levels", "raudenbush-bryk"]
    assert offers(shown) == {"group-0-intercept"}


def test_no_copied_text_holds_an_offer():
    source = Source(reference_data.load("sleepstudy"))
    spec = parse(OFFERING, source)
    written = [write() for what, write in texts(spec, source.frame(spec)).items() if what.startswith("latex")]
    assert len(written) == 9
    assert not any("absent" in text for text in written)


def test_a_predictor_far_from_zero_is_centred_by_the_button_of_its_note(make, send):
    data = datasets.sleepstudy().assign(year=lambda d: 1990 + d["Days"])
    data.loc[3, "year"] = None
    widget = make(data, "Reaction ~ year + (1 | Subject)")
    [note] = [p for p in widget.view["problems"] if p["code"] == "far-from-zero"]
    assert note["remedy"]["label"] == "Centre it"
    widget._handle_custom_msg(note["remedy"]["request"], [])
    assert widget.formula == "Reaction ~ I(year - mean(year, na.rm = TRUE)) + (1 | Subject)"
    assert not any(p["code"] == "far-from-zero" for p in widget.view["problems"])
    assert all(p["remedy"] is None for p in widget.view["problems"])
