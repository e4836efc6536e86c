"""The real KaTeX accepts every equation in strict mode."""

import itertools

import pytest
import reference_data
from hypothesis import given, settings
from hypothesis import strategies as st
from notation.katex import refused

from mlmwidget.data.build import model_frame
from mlmwidget.formula.spec import GroupTerm, ModelSpec, Term
from mlmwidget.formula.syntax import Name
from mlmwidget.notation.escape import name_latex, text_latex
from mlmwidget.notation.latex import STYLES, equations, latex
from mlmwidget.notation.symbols import structure

NAMES = [
    "reaction time",
    "day#",
    "subject.id",
    "log_radon",
    "100%",
    "a & b",
    "{x}",
    "}{",
    "\\",
    "\\frac{1}{2}",
    "x^2",
    "a~b",
    "$x$",
    "$",
    "a|b",
    "a--b",
    "<script>alert('1')</script>",
    "\\htmlData{part=evil}{x}",
    "größe",
    "reação",
    "温度",
    "температура",
    "온도",
    "α_level",
    "µg/m³",
    "😀",
    "שלום",
    "مرحبا",
    "a\u202eb",
    "e\u0301",
    "a\nb",
    "a\tb",
    "\x00",
    " ",
    "  lead",
    "`",
    '"quoted"',
    "it’s",
    "[1]",
    "°C",
]


def model_of(x, g="g", y="y"):
    """A model with these names of columns."""
    term = Term((Name(x),))
    return ModelSpec(Name(y), terms=(term,), groups=(GroupTerm((Name(g),), True, (term,)),))


def frames():
    """Model frames of all reference formulas."""
    for record in reference_data.formulas():
        data = reference_data.load(record["dataset"])
        yield model_frame(record["formula"], data, family=record["family"])


def reference_equations():
    return [
        (latex(frame.spec, frame, style, priors=True, ids=True), True)
        for frame in frames()
        for style in STYLES
    ]


def equations_of_awkward_names():
    specs = (
        [model_of(n) for n in NAMES]
        + [model_of("x", g=n) for n in NAMES]
        + [model_of("x", y=n) for n in NAMES]
    )
    return [(latex(s, ids=ids), ids) for s in specs for ids in (False, True)]


def random_names():
    names = []

    @settings(max_examples=600, deadline=None, database=None)
    @given(st.text(min_size=1, max_size=30))
    def collect(name):
        names.append(name)

    collect()
    return [(f"{name_latex(n)}_{{ij}} = {text_latex(n)}", False) for n in names]


@pytest.fixture(scope="module")
def refusals():
    """Refused items of each kind: all are given to one Node process, whose start is what takes time."""
    kinds = [reference_equations, equations_of_awkward_names, random_names]
    items = {kind.__name__: list(dict.fromkeys(kind())) for kind in kinds}
    bad = {text for text, _ in refused([item for found in items.values() for item in found])}
    return {kind: [text for text, _ in found if text in bad] for kind, found in items.items()}


@pytest.mark.parametrize("kind", ["reference_equations", "equations_of_awkward_names", "random_names"])
def test_katex_accepts(kind, refusals):
    assert refusals[kind] == []


@pytest.mark.slow
def test_every_reference_formula_in_every_style_with_and_without_ids_and_data():
    items = []
    for frame, style, ids in itertools.product(frames(), STYLES, (False, True)):
        items += [(latex(frame.spec, given, style, ids=ids), ids) for given in (None, frame)]
        items += [(text, ids) for _, text in equations(structure(frame.spec, frame), style, ids)]
    assert len(items) > 3000
    assert refused(list(dict.fromkeys(items))) == []


def test_ids_off_leaves_nothing_that_only_katex_knows():
    assert "htmlData" not in "".join(latex(model_of(n)) for n in NAMES if "htmlData" not in n)
    hostile = latex(model_of("\\htmlData{part=evil}{x}"))
    assert "\\htmlData" not in hostile
