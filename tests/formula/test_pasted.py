"""Formulas pasted together with the call, or only the quotation marks, around them."""

import pytest

from mlmwidget.formula.errors import FormulaError
from mlmwidget.formula.parse import parse

PLAIN = "y ~ x + (1 | g)"


@pytest.mark.parametrize(
    ("text", "family", "link"),
    [
        ("lmer(y ~ x + (1 | g), data = d, REML = FALSE)", "gaussian", "identity"),
        ("m <- lmer(y ~ x + (1 | g), d)", "gaussian", "identity"),
        ("m = lme4::lmer(formula = y ~ x + (1 | g), data = d)", "gaussian", "identity"),
        ("y ~ x + (1 | g), REML = FALSE", "gaussian", "identity"),
        ('"y ~ x + (1 | g)"', "gaussian", "identity"),
        ("f <- y ~ x + (1 | g)", "gaussian", "identity"),
        ("formula = y ~ x + (1 | g)", "gaussian", "identity"),
        ("y ~ x + (1 | g), data = d, family = 'poisson'", "poisson", "log"),
        ('bmb.Model("y ~ x + (1|g)", d, link="log")', "gaussian", "log"),
        ('glmer(y ~ x + (1|g), d, family = binomial(link = "probit"))', "binomial", "probit"),
        ("glmer(y ~ x + (1|g), d, poisson)", "poisson", "log"),
        ("glmer(y ~ x + (1|g), d, family = poisson(link = sqrt))", "poisson", "sqrt"),
        ("glmer.nb(y ~ x + (1|g), d)", "negbinomial", "log"),
        ("glmer(y ~ x + (1|g), family = Gamma)", "gamma", "inverse"),
        ("glmmTMB(y ~ x + (1|g), d, family = nbinom2)", "negbinomial", "log"),
        ("brm(bf(y ~ x + (1 | g)), data = d, family = bernoulli())", "bernoulli", "logit"),
        ("stan_lmer(y ~ x + (1 | g), data = d, chains = 2)", "gaussian", "identity"),
        ('bmb.Model("y ~ x + (1|g)", data, family="t")', "student", "identity"),
    ],
)
def test_the_formula_and_its_family_are_taken(text, family, link):
    spec = parse(text)
    assert (spec.formula, spec.family, spec.link) == (PLAIN, family, link)
    assert any(note.code.startswith("pasted") for note in spec.notes)


def test_left_out_arguments_are_named():
    notes = parse("lmer(y ~ x + (1 | g), data = d, REML = FALSE)").notes
    assert any("data, REML" in note.message for note in notes)


def test_weights_that_are_the_trials_are_already_said():
    spec = parse("glmer(k/n ~ x + (1 | g), weights = n, family = binomial)")
    assert spec.formula == "k/n ~ x + (1 | g)"
    with pytest.raises(FormulaError, match="weights"):
        parse("lmer(y ~ x + (1 | g), weights = w)")


def test_an_offset_argument_is_an_offset():
    assert parse("glmer(y ~ x + (1 | g), offset = log(n), family = poisson)").formula == (
        "y ~ x + offset(log(n)) + (1 | g)"
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("lme(y ~ x, random = ~ 1 | g)", "random"),
        ("lmer(y ~ x + (1 | g), subset = x > 1)", "subset"),
        ("brm(bf(y ~ x + (1 | g), sigma ~ x), data = d)", "second formula"),
        ("brm(y ~ x + (1 | g), family = lognormal())", "no family"),
        ("lmer(data = d)", "No formula was found"),
        ("lmer(y ~ x + (1 | g), family = 3)", "Family and link are names"),
        ("lm(lm(lm(lm(lm(lm(y ~ x))))))", "only the formula"),
        ("f(y ~ x)", "only the formula"),
    ],
)
def test_calls_that_say_more_than_a_formula_are_refused(text, says):
    with pytest.raises(FormulaError, match=says):
        parse(text)


def test_positions_within_quotes_are_those_of_the_whole_text():
    with pytest.raises(FormulaError) as caught:
        parse('lmer("y ~ x + (1 | h)", d)', type("Data", (), {"columns": ["y", "x", "g"]}))
    assert caught.value.position == 19
