"""Sentences say what the model says, and what was found."""

import pytest
import reference_data

from mlmwidget import datasets
from mlmwidget.data.build import model_frame
from mlmwidget.formula.parse import parse
from mlmwidget.notation.estimates import estimates_of
from mlmwidget.notation.glossary import glossary
from mlmwidget.notation.render import Estimate
from mlmwidget.notation.words import sentences, words

SLEEP = "Reaction ~ Days + (Days | Subject)"
FITTED = {
    "(Intercept)": Estimate(251.37, 7.25, 237.2, 265.9),
    "Days": Estimate(10.48, 1.64, 7.2, 13.7),
    "sd_(Intercept)|Subject": Estimate(26.55, 6.6, 15.1, 40.9),
    "sd_Days|Subject": Estimate(6.44, 1.45, 4.1, 9.8),
    "cor_Days.(Intercept)|Subject": Estimate(0.072, 0.27, -0.44, 0.6),
    "sigma": Estimate(25.9, 1.58, 23.0, 29.2),
}


@pytest.fixture
def sleep():
    return model_frame("Reaction ~ Days + (Days | Subject)", reference_data.load("sleepstudy"))


def test_every_part_has_a_sentence_in_data_units(sleep):
    assert {part: text for text, part in sentences(sleep.spec, sleep, FITTED)} == {
        "response": "The outcome Reaction is modelled as Gaussian: 180 observations in 18 groups of Subject.",
        "intercept": "The population-level intercept is 251 (95 % 237 to 266).",
        "term-0": "The population-level effect of Days is 10.5 (95 % 7.2 to 13.7).",
        "group-0-intercept": (
            "Each Subject has its own intercept; intercepts vary around 251 with a standard deviation "
            "of about 27."
        ),
        "group-0-term-0": (
            "Each Subject has its own slope of Days; slopes of Days vary around 10.5 with a standard "
            "deviation of about 6.4."
        ),
        "group-0-cor": (
            "Intercepts and slopes of Days may go together or in opposite directions: these data cannot "
            "tell (ρ = 0.07, 95 % −0.44 to 0.60)."
        ),
        "sigma": "What remains varies within Subject with a standard deviation of about 25.9.",
    }


def test_before_a_fit_no_sentence_holds_a_made_up_number():
    text = words("y ~ x + (x | g)")
    assert "Each g has its own slope of x; slopes of x vary around the population's slope." in text
    assert "their correlation is estimated" in text
    assert "nan" not in text


def test_uncorrelated_effects_are_said_to_be_independent():
    assert "vary independently of each other" in words("y ~ x + (x || g)")


def test_the_fixed_vocabulary_speaks_of_fixed_and_random_effects(sleep):
    text = " ".join(t for t, _ in sentences(sleep.spec, sleep, vocabulary="fixed-random"))
    assert "Days has a fixed effect" in text
    assert "its own random intercept" in text
    assert "population-level" not in text


def test_an_effect_without_population_level_effect_varies_around_zero():
    assert "slopes of x vary around 0." in words("y ~ 1 + (x | g)")


def test_group_level_predictors_explain_the_groups():
    data = reference_data.load("radon")
    text = words("log_radon ~ floor * log_uranium + (floor | county)", data)
    assert (
        "log_uranium has a population-level effect: it explains how the intercepts of county differ." in text
    )
    assert "intercepts vary around the population's intercept plus what log_uranium explains." in text
    assert "slopes of floor vary around the population's slope plus what floor:log_uranium explains." in text


def parts_of(formula, dataset, estimates=None):
    frame = model_frame(formula, reference_data.load(dataset))
    return {part: text for text, part in sentences(frame.spec, frame, estimates)}


def test_a_nested_group_varies_around_the_group_that_it_is_in():
    said = parts_of("strength ~ 1 + (1 | batch/cask)", "Pastes")
    assert said["response"].endswith(
        "60 observations in 10 groups of batch and 30 combinations of batch and cask."
    )
    assert said["group-1-intercept"] == (
        "Each cask within a batch has its own intercept, varying around its batch's intercept."
    )


def test_a_nested_group_keeps_its_numbers():
    estimates = {"(Intercept)": Estimate(60.05, 0.7), "sd_(Intercept)|batch:cask": Estimate(2.9, 0.4)}
    said = parts_of("strength ~ 1 + (1 | batch/cask)", "Pastes", estimates)
    assert said["group-1-intercept"] == (
        "Each cask within a batch has its own intercept, varying around its batch's intercept with a "
        "standard deviation of about 2.9."
    )


def test_three_levels_name_the_nearest_one():
    text = words("y ~ x + (1 | a/b/c) + (x | a:b)")
    assert "Each b within an a has its own intercept, varying around its a's intercept." in text
    assert "Each c within a b within an a has its own intercept, varying around its b's intercept." in text
    assert "Each combination of a and b has its own slope of x; slopes of x vary around" in text


def test_combinations_alone_are_called_so():
    said = parts_of("score ~ Machine + (1 | Worker:Machine)", "Machines")
    assert said["group-0-intercept"].startswith(
        "Each combination of Worker and Machine has its own intercept;"
    )
    assert said["sigma"].startswith("What remains varies within combinations of Worker and Machine")


def test_a_predictor_explains_only_the_groups_that_it_is_constant_in():
    said = parts_of("TICKS ~ YEAR + cHEIGHT + (cHEIGHT | LOCATION/BROOD)", "grouseticks")
    assert said["group-0-intercept"].endswith("intercepts vary around the population's intercept.")
    assert said["group-1-intercept"].endswith("around its LOCATION's intercept plus what YEAR explains.")
    assert said["group-1-term-0"].endswith("slope of cHEIGHT, varying around its LOCATION's slope.")


def test_opposite_effects_are_said_to_be_so(sleep):
    opposite = FITTED | {"cor_Days.(Intercept)|Subject": Estimate(-0.8, 0.1, -0.95, -0.5)}
    text = " ".join(t for t, _ in sentences(sleep.spec, sleep, opposite))
    assert "go in opposite directions strongly (ρ = −0.80, 95 % −0.95 to −0.50)" in text


def test_effects_off_the_identity_link_name_their_scale():
    data = reference_data.load("Contraception")
    frame = model_frame("use ~ age + (1 | district)", data, family="bernoulli")
    text = " ".join(t for t, _ in sentences(frame.spec, frame, {"(Intercept)": Estimate(-0.54, 0.09)}))
    assert "is −0.54 on the logit scale" in text
    assert "standard deviation σ" not in text


def test_levels_are_named_against_their_variable():
    frame = model_frame("distance ~ age * Sex + (1 | Subject)", reference_data.load("Orthodont"))
    estimates = estimates_of({"SexFemale": 1.03, "age:SexFemale": -0.3})
    text = " ".join(t for t, _ in sentences(frame.spec, frame, estimates))
    assert "effect of Sex = Female is 1.03" in text
    assert "effect of age × (Sex = Female) is −0.3" in text


@pytest.mark.parametrize("record", reference_data.formulas(), ids=lambda r: r["id"])
def test_sentences_glossary_and_formula_speak_of_the_same_parts(record):
    from mlmwidget.formula.text import pieces

    frame = model_frame(record["formula"], reference_data.load(record["dataset"]), family=record["family"])
    explained = glossary(frame.spec)
    said = {part for _, part in sentences(frame.spec, frame)}
    assert said <= set(explained)
    assert {part for _, part in pieces(frame.spec) if part and part != "intercept"} <= set(explained)


def test_the_glossary_gives_the_other_names():
    found = glossary(parse("y ~ x + (x | g)"))
    assert "random intercept" in found["group-0-intercept"]
    assert "random slope" in found["group-0-term-0"]
    assert "fixed effect" in found["term-0"]


def test_a_summary_table_is_read_by_parameter(sleep):
    import pandas as pd

    table = pd.DataFrame({"mean": [2.0], "sd": [float("nan")]}, index=pd.Index(["Days"], name="parameter"))
    assert estimates_of(table) == {"Days": Estimate(2.0)}


def test_a_fit_of_another_kind_is_refused():
    with pytest.raises(TypeError, match="give a fit"):
        words("y ~ x", fit=3)


def test_sentences_carry_the_units_of_the_data():
    data = datasets.sleepstudy()
    said = {part: text for text, part in sentences(parse(SLEEP), model_frame(SLEEP, data), FITTED)}
    assert "251\N{NO-BREAK SPACE}ms (95" in said["intercept"]
    assert "10.5\N{NO-BREAK SPACE}ms per day" in said["term-0"]
    assert "about 6.4\N{NO-BREAK SPACE}ms per day" in said["group-0-term-0"]
    assert "25.9\N{NO-BREAK SPACE}ms." in said["sigma"]


def test_a_factor_with_two_terms_is_said_with_the_numbers_of_each():
    two = "Reaction ~ Days + (1 | Subject) + (1 | Subject)"
    numbers = {"sd_(Intercept)|Subject": Estimate(20.0, 1.0), "sd_(Intercept)|Subject.1": Estimate(30.0, 1.0)}
    said = [text for text, part in sentences(parse(two), None, numbers) if part.startswith("group")]
    assert "about 20" in said[0]
    assert "about 30" in said[1]


def test_a_column_that_is_called_like_a_word_of_the_vocabulary_keeps_its_name():
    text = words("y ~ `population-level` + (1 | g)", vocabulary="fixed-random")
    assert "`population-level` has a fixed effect" in text


def test_an_unknown_vocabulary_is_refused():
    with pytest.raises(ValueError, match="no vocabulary 'mixed'"):
        words("y ~ x", vocabulary="mixed")
