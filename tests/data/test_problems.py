"""What a frame warns about: levels, effects, slopes, aliased columns and dropped rows."""

import numpy as np
import pandas as pd
import pytest
from reference_data import load

from mlmwidget.data.build import model_frame
from mlmwidget.data.checks import preflight
from mlmwidget.data.structure import structure
from mlmwidget.data.units import per_unit
from mlmwidget.formula.parse import parse
from mlmwidget.problems import DataError


def codes(formula, data, **options):
    return {p.code: p for p in model_frame(formula, data, **options).problems}


def test_nothing_is_said_about_a_sound_model():
    assert codes("Reaction ~ Days + (Days | Subject)", load("sleepstudy")) == {}


def test_rows_left_out_are_counted_by_their_columns():
    frame = model_frame("Reaction ~ Days + (Days | Subject)", load("sleep_na"))
    assert (frame.n, frame.dropped) == (171, 9)
    assert frame.dropped_by == {"Reaction": 3, "Days": 4, "Subject": 2}
    message = next(p.message for p in frame.problems if p.code == "rows-dropped")
    assert "9 rows of 180" in message
    assert "Days: 4" in message


def test_rows_used_keep_their_place_in_the_data():
    data = load("sleep_na")
    frame = model_frame("Reaction ~ Days + (Days | Subject)", data)
    np.testing.assert_array_equal(frame.y, data["Reaction"].to_numpy()[frame.row_index])
    np.testing.assert_array_equal(frame.rows["Days"], frame.X[:, 1])
    assert list(frame.rows.columns) == ["Reaction", "Days", "Subject"]


def test_values_that_an_expression_cannot_have_are_said():
    data = load("sleepstudy")
    found = codes("Reaction ~ sqrt(Days - 1) + (1 | Subject)", data)
    assert "sqrt(Days - 1) has no value in 18 rows" in found["undefined-values"].message
    assert found["undefined-values"].part == "term-0"


def test_too_few_groups_and_too_many_effects_are_warned_about():
    penicillin = codes("diameter ~ 1 + (1 | few)", load("Penicillin").assign(few=np.arange(144) % 3))
    assert "only 3 groups" in penicillin["few-groups"].message
    data = load("sleep_na")
    assert codes("Reaction ~ Days + (1 | obs)", data)["levels-equal-rows"].part == "group-0"
    assert (
        "178 in all, for 173 rows"
        in codes("Reaction ~ Days + (Days | pair)", data)["more-effects-than-rows"].message
    )


def test_a_slope_that_is_constant_within_its_groups_is_warned_about():
    found = codes("distance ~ Sex + (age + Sex | Subject)", load("Orthodont"))
    assert "Sex does not vary within any “Subject”" in found["constant-slope"].message
    assert found["constant-slope"].part == "group-0-term-1"


def test_columns_that_others_determine_are_named():
    data = load("sleep_na")
    frame = model_frame("Reaction ~ Days + Days2 + (1 | Subject)", data)
    assert frame.aliased == ("Days2",)
    assert "Days2" in next(p.message for p in frame.problems if p.code == "aliased")
    assert frame.X_terms == (-1, 0)


def test_a_grouping_factor_as_predictor_is_warned_about_but_a_trend_is_not():
    assert (
        codes("Reaction ~ Subject + (1 | Subject)", load("sleepstudy"))["group-as-predictor"].part == "term-0"
    )
    assert "group-as-predictor" not in codes("Reaction ~ Days + (1 | Days)", load("sleepstudy"))


def test_a_predictor_far_from_zero_is_noticed_until_it_is_centred():
    rng = np.random.default_rng(1)
    data = pd.DataFrame({"y": rng.normal(size=80), "g": np.arange(80) // 10})
    data["year"] = 1990 + np.arange(80) % 31
    data["below"], data["age"] = -data["year"], 18 + np.arange(80)
    for column in ("year", "below"):
        note = codes(f"y ~ {column} + (1 | g)", data)["far-from-zero"]
        assert (note.severity, note.part, note.column) == ("note", "term-0", column)
    assert "year is between 1990 and 2020" in codes("y ~ year + (1 | g)", data)["far-from-zero"].message
    fine = ["I(year - mean(year))", "I(year - 2000)", "age", "factor(year)", "0 + year"]
    assert [x for x in fine if "far-from-zero" in codes(f"y ~ {x} + (1 | g)", data)] == []


def test_large_numbers_have_separators():
    rng = np.random.default_rng(1)
    data = pd.DataFrame({"y": rng.normal(size=4000), "g": np.minimum(np.arange(4000), 2999)})
    frame = model_frame("y ~ 1 + (1 | g)", data)
    assert "2,999 of the 3,000 groups" in codes("y ~ 1 + (1 | g)", data)["single-rows"].message
    assert "2,999 with a single row" in structure(frame).sizes[0].sentence


def test_levels_of_predictors_are_told_apart():
    data = load("Orthodont")
    frame = model_frame("distance ~ age * Sex + (age | Subject) + (1 | age)", data)
    assert frame.X_names == ("(Intercept)", "age", "SexFemale", "age:SexFemale")
    assert frame.X_levels == ((0, 1), (1,), (0,), ())


def test_labels_of_group_designs_are_unique_and_safe():
    data = load("sleep_na").assign(**{"a/b": lambda d: d["Subject"], "Subject_2": lambda d: d["pair"]})
    formula = "Reaction ~ (1 | Subject_2) + (1 | Subject) + (0 + Days | Subject) + (1 | `a/b`)"
    labels = [g.label for g in model_frame(formula, data).groups]
    assert len(set(labels)) == 4
    assert not any("/" in label for label in labels)
    assert labels[1] == "Subject"


@pytest.mark.parametrize("how", ["data", "frame", "error"])
def test_preflight_collects_notes_warnings_and_errors(how):
    data = load("sleep_na")
    if how == "error":
        spec = parse("Reaction ~ log(Days) + (1 | Subject)")
        found = preflight(spec, data)
        assert [(p.severity, p.code, p.part) for p in found] == [("error", "not-finite", "term-0")]
        return
    spec = parse("Reaction ~ Days + Subject + (1 | Subject)")
    found = preflight(spec, data if how == "data" else model_frame(spec, data))
    assert sorted(p.code for p in found) == ["group-as-predictor", "rows-dropped"]
    assert [p.severity for p in found] == sorted((p.severity for p in found), key="error warning note".index)


def test_text_sorts_by_code_point_and_numbers_by_value():
    data = pd.DataFrame(
        {"y": np.arange(8.0), "t": list("bBaA") * 2, "k": [10, 9, 100, 2] * 2, "z": [0.5, 1, 2, 10] * 2}
    )
    frame = model_frame("y ~ (1 | t) + (1 | k) + (1 | z)", data)
    assert [g.levels for g in frame.groups] == [
        ("A", "B", "a", "b"),
        ("2", "9", "10", "100"),
        ("0.5", "1", "2", "10"),
    ]


def test_integers_with_missing_values_are_still_labelled_as_integers():
    data = pd.DataFrame({"y": np.arange(6.0), "id": [1, 1, 2, 2, None, 3]})
    assert model_frame("y ~ (1 | id)", data).groups[0].levels == ("1", "2", "3")


def test_numbers_that_are_stored_as_text_are_noticed_as_predictors_only():
    data = load("sleepstudy")
    data = data.assign(Days=data["Days"].astype(str), Subject=data["Subject"].astype(str))
    found = codes("Reaction ~ Days + (1 | Subject)", data)
    assert list(found) == ["numbers-as-text"]
    assert "as.numeric(Days)" in found["numbers-as-text"].message
    mended = model_frame("Reaction ~ as.numeric(Days) + (1 | Subject)", data)
    assert mended.X_names == ("(Intercept)", "as.numeric(Days)")
    np.testing.assert_array_equal(mended.X[:, 1], load("sleepstudy")["Days"])


def test_categories_that_nearly_name_the_rows_are_noticed():
    data = pd.DataFrame({"y": np.arange(30.0) % 7, "g": list("abcdef") * 5})
    data["who"] = [f"person {min(k, 20)}" for k in range(30)]
    data["town"] = [f"town {k % 10}" for k in range(30)]
    message = codes("y ~ who + (1 | g)", data)["many-categories"].message
    assert "21 categories in 30 rows" in message
    assert "many-categories" not in codes("y ~ town + (1 | g)", data)


def test_an_outcome_that_groups_itself_is_noticed():
    data = pd.DataFrame({"y": np.arange(30.0) % 7, "g": list("abcdef") * 5})
    assert codes("y ~ 1 + (1 | y)", data)["outcome-as-group"].part == "group-0"
    assert "outcome-as-group" not in codes("y ~ 1 + (1 | g)", data)


def test_dates_are_days_in_notes_and_units():
    data = pd.DataFrame({"y": np.arange(30.0), "g": list("abcdef") * 5})
    data["when"] = pd.date_range("2020-01-01", periods=30)
    frame = model_frame("y ~ when + (1 | g)", data)
    [note] = [p for p in frame.problems if p.code == "far-from-zero"]
    assert "between 18262 and 18291 days after 1970-01-01" in note.message
    assert per_unit(frame, "when") == "per day"


def test_an_outcome_of_numbers_as_text_is_told_how_to_become_numbers():
    data = pd.DataFrame({"y": [str(k % 7) for k in range(30)], "g": list("abcdef") * 5})
    with pytest.raises(DataError, match=r"as\.numeric\(y\)"):
        model_frame("y ~ 1 + (1 | g)", data)
    assert model_frame("as.numeric(y) ~ 1 + (1 | g)", data).y.max() == 6
