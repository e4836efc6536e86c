"""Sentences say what the model says, and what was found; each fragment of one speaks of one part."""

from itertools import chain

import pytest
import reference_data

from mlmwidget import datasets
from mlmwidget.data.build import model_frame
from mlmwidget.formula.parse import parse
from mlmwidget.notation.estimates import estimates_of
from mlmwidget.notation.glossary import glossary
from mlmwidget.notation.render import Estimate
from mlmwidget.notation.symbols import structure
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


def fragments(spec, frame=None, estimates=None, **options):
    """The fragments of all sentences."""
    return [*chain.from_iterable(sentences(structure(spec, frame), estimates, **options))]


def test_every_part_has_a_fragment_and_the_fragments_are_sentences(sleep):
    said = sentences(structure(sleep.spec, sleep), FITTED)
    assert [len(sentence) for sentence in said] == [1, 2, 3, 1]
    assert [*chain.from_iterable(said)] == [
        ("Reaction is modelled as Gaussian: 180 observations in 18 groups of Subject.", "response"),
        ("At the population level, the intercept is 251 (95 % 237 to 266),", "intercept"),
        ("and the effect of Days is 10.5 (95 % 7.2 to 13.7).", "term-0"),
        (
            "Each Subject has its own intercept around the population's (standard deviation 27, "
            "95 % 15 to 41)",
            "group-0-intercept",
        ),
        (
            "and its own slope of Days around the population's (standard deviation 6.4, 95 % 4.1 to 9.8);",
            "group-0-term-0",
        ),
        (
            "the two may go together or in opposite directions: these data cannot tell (ρ = 0.07, "
            "95 % −0.44 to 0.60).",
            "group-0-cor",
        ),
        (
            "What remains varies within Subject with a standard deviation of 25.9 (95 % 23.0 to 29.2).",
            "sigma",
        ),
    ]


def test_before_a_fit_no_sentence_holds_a_made_up_number():
    text = words("y ~ x + (x | g)")
    assert "the intercept is the expected outcome where every predictor is 0, and x has an effect." in text
    assert "Each g has its own intercept around the population's and its own slope of x around the" in text
    assert "the two may go together: their correlation is estimated." in text
    assert "nan" not in text


def test_terms_of_which_the_same_can_be_said_share_a_clause():
    said = [(text, part) for text, part in fragments(parse("y ~ x + z + w + v + (x | g)")) if "term" in part]
    assert said[:4] == [
        ("x has an effect,", "term-0"),
        ("and z,", "term-1"),
        ("w,", "term-2"),
        ("and v have effects that are the same in every group.", "term-3"),
    ]


def test_the_effects_of_a_factor_of_many_levels_are_not_all_listed():
    data = datasets.radon()
    frame = model_frame("log_radon ~ county + (1 | floor)", data)
    counties = [n for n in frame.X_names if n != "(Intercept)"]
    estimates = {name: Estimate(k / 10, 0.1) for k, name in enumerate(counties)}
    said = {part: text for text, part in fragments(frame.spec, frame, estimates)}
    assert said["term-0"] == "and the 84 effects of county are between 0.00 and 8.30."


def test_a_scale_stands_with_every_number():
    frame = model_frame("use ~ 1 + (1 | district)", reference_data.load("Contraception"), family="bernoulli")
    said = words(frame.spec, frame, {"sd_(Intercept)|district": 0.5})
    assert "(standard deviation about 0.5 on the log-odds scale)" in said


def test_uncorrelated_effects_are_said_to_be_independent():
    assert "vary independently of each other" in words("y ~ x + (x || g)")


def test_the_fixed_vocabulary_speaks_of_fixed_and_random_effects(sleep):
    text = " ".join(t for t, _ in fragments(sleep.spec, sleep, vocabulary="fixed-random"))
    assert "Among the fixed effects, the intercept is" in text
    assert "its own random intercept" in text
    assert "its own random slope of Days" in text
    assert "population level" not in text


def test_an_effect_without_population_level_effect_varies_around_zero():
    assert "its own slope of x around 0;" in words("y ~ 1 + (x | g)")


def test_group_level_predictors_explain_the_groups():
    data = reference_data.load("radon")
    text = words("log_radon ~ floor * log_uranium + (floor | county)", data)
    assert "log_uranium has an effect that explains how the intercepts of county differ" in text
    assert "its own intercept around the population's plus what log_uranium explains" in text
    assert "its own slope of floor around the population's plus what floor:log_uranium explains" in text


def parts_of(formula, dataset, estimates=None):
    frame = model_frame(formula, reference_data.load(dataset))
    return {part: text for text, part in fragments(frame.spec, frame, estimates)}


def test_a_nested_group_varies_around_the_group_that_it_is_in():
    said = parts_of("strength ~ 1 + (1 | batch/cask)", "Pastes")
    assert said["response"].endswith(
        "60 observations in 10 groups of batch and 30 combinations of batch and cask."
    )
    assert said["group-1-intercept"] == ("Each cask within a batch has its own intercept around its batch's.")


def test_a_nested_group_keeps_its_numbers():
    estimates = {"(Intercept)": Estimate(60.05, 0.7), "sd_(Intercept)|batch:cask": Estimate(2.9, 0.4)}
    said = parts_of("strength ~ 1 + (1 | batch/cask)", "Pastes", estimates)
    assert said["group-1-intercept"] == (
        "Each cask within a batch has its own intercept around its batch's (standard deviation about 2.9)."
    )


def test_three_levels_name_the_nearest_one():
    text = words("y ~ x + (1 | a/b/c) + (x | a:b)")
    assert "Each b within an a has its own intercept around its a's." in text
    assert "Each c within a b within an a has its own intercept around its b's." in text
    assert "Each b within an a has its own intercept around its a's and its own slope of x around the" in text


def test_combinations_alone_are_called_so():
    said = parts_of("score ~ Machine + (1 | Worker:Machine)", "Machines")
    assert said["group-0-intercept"].startswith(
        "Each combination of Worker and Machine has its own intercept around"
    )
    assert said["sigma"].startswith("What remains varies within combinations of Worker and Machine")


def test_a_predictor_explains_only_the_groups_that_it_is_constant_in():
    said = parts_of("TICKS ~ YEAR + cHEIGHT + (cHEIGHT | LOCATION/BROOD)", "grouseticks")
    assert said["group-0-intercept"].endswith("its own intercept around the population's")
    assert said["group-1-intercept"].endswith("around its LOCATION's plus what YEAR explains")
    assert said["group-1-term-0"].endswith("slope of cHEIGHT around its LOCATION's;")


def test_opposite_effects_are_said_to_be_so(sleep):
    opposite = FITTED | {"cor_Days.(Intercept)|Subject": Estimate(-0.8, 0.1, -0.95, -0.5)}
    text = " ".join(t for t, _ in fragments(sleep.spec, sleep, opposite))
    assert "go in opposite directions strongly (ρ = −0.80, 95 % −0.95 to −0.50)" in text


def test_effects_off_the_identity_link_name_their_scale():
    data = reference_data.load("Contraception")
    frame = model_frame("use ~ age + (1 | district)", data, family="bernoulli")
    text = " ".join(t for t, _ in fragments(frame.spec, frame, {"(Intercept)": Estimate(-0.54, 0.09)}))
    assert "is −0.54 on the log-odds scale, a probability of 0.37, and" in text
    assert "standard deviation σ" not in text


def test_effects_on_the_log_odds_and_the_log_scale_are_said_as_what_they_multiply():
    frame = model_frame("use ~ age + urban + (1 | district)", datasets.contraception(), family="bernoulli")
    found = {
        "(Intercept)": Estimate(-0.7, 0.1, -0.9, -0.5),
        "age": Estimate(0.01, 0.005, 0.0, 0.02),
        "urbanY": Estimate(0.7, 0.15, 0.4, 1.0),
    }
    said = {
        part: text.replace("\N{NO-BREAK SPACE}", " ") for text, part in fragments(frame.spec, frame, found)
    }
    assert said["intercept"] == (
        "At the population level, on the log-odds scale, the intercept is −0.70 (95 % −0.90 to −0.50), "
        "a probability of 0.332 (0.289 to 0.378),"
    )
    assert said["term-0"].endswith("which multiplies the odds by 1.010 (1.000 to 1.020) per year,")
    assert said["term-1"].endswith("which multiplies the odds by 2.0 (1.5 to 2.7).")

    counts = model_frame(
        "n ~ x + (1 | g)", {"n": [0, 3, 1, 2] * 3, "x": range(12), "g": list("abc") * 4}, "poisson"
    )
    said = {
        part: text
        for text, part in fragments(counts.spec, counts, {"(Intercept)": Estimate(1.0), "x": Estimate(0.5)})
    }
    assert said["intercept"].endswith("on the log scale, the intercept is 1, a mean of 2.7,")
    assert said["term-0"] == "and the effect of x is 0.5, which multiplies the mean by 1.6 per unit."


@pytest.mark.parametrize(
    ("family", "ending"),
    [
        ("student", "with a scale of 2 and ν = 4 degrees of freedom: the fewer, the less an outlier counts."),
        ("gamma", "shape φ is 4: the standard deviation is the mean divided by √φ."),
        ("negbinomial", "shape φ is 4: counts vary more than Poisson ones, with variance μ + μ²/φ."),
        ("beta", "precision φ is 4: the variance is μ(1 − μ)/(1 + φ)."),
    ],
)
def test_the_numbers_of_a_familys_own_are_said_for_what_they_are(family, ending):
    spec = parse("y ~ x + (1 | g)", family=family)
    *_, (text, part) = fragments(
        spec, None, {k: Estimate(v) for k, v in {"sigma": 2.0, "shape": 4.0}.items()}
    )
    assert part == "sigma"
    assert text.endswith(ending)


def test_levels_are_named_against_their_variable():
    frame = model_frame("distance ~ age * Sex + (1 | Subject)", reference_data.load("Orthodont"))
    estimates = estimates_of({"SexFemale": 1.03, "age:SexFemale": -0.3})
    text = " ".join(t for t, _ in fragments(frame.spec, frame, estimates))
    assert "effect of Sex = Female is 1.03" in text
    assert "effect of age × (Sex = Female) is −0.3" in text


@pytest.mark.parametrize("record", reference_data.formulas(), ids=lambda r: r["id"])
def test_sentences_glossary_and_formula_speak_of_the_same_parts(record):
    from mlmwidget.formula.text import pieces

    frame = model_frame(record["formula"], reference_data.load(record["dataset"]), family=record["family"])
    explained = glossary(structure(frame.spec, frame))
    said = {part for _, part in fragments(frame.spec, frame)}
    assert said <= set(explained)
    assert {part for _, part in pieces(frame.spec) if part and part != "intercept"} <= set(explained)


def test_the_glossary_gives_the_other_names():
    found = glossary(structure(parse("y ~ x + (x | g)")))
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
    said = {part: text for text, part in fragments(parse(SLEEP), model_frame(SLEEP, data), FITTED)}
    assert "251\N{NO-BREAK SPACE}ms (95" in said["intercept"]
    assert "10.5\N{NO-BREAK SPACE}ms per day" in said["term-0"]
    assert "6.4\N{NO-BREAK SPACE}ms per day, 95" in said["group-0-term-0"]
    assert "25.9\N{NO-BREAK SPACE}ms (95" in said["sigma"]


def test_a_factor_with_two_terms_is_said_with_the_numbers_of_each():
    two = "Reaction ~ Days + (1 | Subject) + (1 | Subject)"
    numbers = {"sd_(Intercept)|Subject": Estimate(20.0, 1.0), "sd_(Intercept)|Subject.1": Estimate(30.0, 1.0)}
    said = [text for text, part in fragments(parse(two), None, numbers) if part.startswith("group")]
    assert "about 20" in said[0]
    assert "about 30" in said[1]


def test_a_column_that_is_called_like_a_word_of_the_vocabulary_keeps_its_name():
    text = words("y ~ `population-level` + (1 | g)", vocabulary="fixed-random")
    assert "Among the fixed effects" in text
    assert "population-level has an effect" in text


def test_many_effects_name_the_pair_that_goes_together_most_or_say_that_nothing_is_known():
    numbers = {
        "cor_x.(Intercept)|g": Estimate(0.7, 0.1, 0.5, 0.9),
        "cor_z.x|g": Estimate(0.1, 0.3, -0.5, 0.7),
    }
    said = {part: text for text, part in fragments(parse("y ~ x + z + (x + z | g)"), None, numbers)}
    assert said["group-0-cor"] == (
        "the 3 effects are correlated; most of all intercepts and slopes of x go together strongly "
        "(ρ = 0.70, 95 % 0.50 to 0.90)."
    )
    del numbers["cor_x.(Intercept)|g"]
    said = {part: text for text, part in fragments(parse("y ~ x + z + (x + z | g)"), None, numbers)}
    assert said["group-0-cor"] == "these data cannot tell how the 3 effects go together."


def test_an_unknown_vocabulary_is_refused():
    with pytest.raises(ValueError, match="no vocabulary 'mixed'"):
        words("y ~ x", vocabulary="mixed")


def test_of_an_outcome_of_two_categories_it_is_said_whose_probability_is_modelled():
    data = reference_data.load("Contraception")

    def said(use):
        frame = model_frame("use ~ 1 + (1 | district)", data.assign(use=use), family="bernoulli")
        return words(frame.spec, frame).partition(":")[0]

    model = "use is modelled as Bernoulli with a logit link"
    assert said(data["use"].map({"N": "no", "Y": "yes"})) == f"{model}, for the probability of “yes”"
    assert said((data["use"] == "Y").astype(int)) == model
