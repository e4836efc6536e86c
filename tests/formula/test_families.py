import pytest

from mlmwidget.formula.errors import FormulaError
from mlmwidget.formula.families import FAMILIES, resolve_family
from mlmwidget.formula.parse import parse
from mlmwidget.model.links import LINKS


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("normal", "gaussian"), ("Binomial", "binomial"), ("nbinom2", "negbinomial"), ("Gamma", "gamma"),
        ("negative binomial", "negbinomial"), ("neg_binomial_2", "negbinomial"),
        ("negativebinomial", "negbinomial"),
        ("t", "student"), ("StudentT", "student"), ("beta_family", "beta"), ("bernoulli", "bernoulli"),
    ],
)  # fmt: skip
def test_spellings_of_other_software(spelling, name):
    assert resolve_family(spelling) == (name, FAMILIES[name].link)


def test_each_usual_link_is_allowed_and_every_link_can_be_computed():
    for family in FAMILIES.values():
        assert family.link in family.links
        assert set(family.links) <= set(LINKS)


@pytest.mark.parametrize(
    ("family", "link", "says"),
    [
        ("poison", None, "Did you mean poisson"),
        ("zzz", None, "Known are gaussian"),
        ("poisson", "logit", "log, identity, sqrt"),
        (3, None, "given as text"),
        ("poisson", 3, "given as text"),
    ],
)
def test_unknown_families_and_links_are_refused(family, link, says):
    with pytest.raises(FormulaError, match=says):
        resolve_family(family, link)


def test_family_and_link_of_a_formula():
    spec = parse("y ~ x + (1 | g)", family="nbinom2", link="sqrt")
    assert (spec.family, spec.link) == ("negbinomial", "sqrt")
