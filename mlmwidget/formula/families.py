"""Families of the response as plain data: links and the spellings of other software."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches

from mlmwidget.formula.errors import FormulaError


@dataclass(frozen=True, slots=True)
class Family:
    """A distribution of the response.

    Parameters
    ----------
    name
        Name in this project.
    label
        Name in sentences and menus.
    link
        Link that is used when none is named; R's default except for the gamma and beta families, where
        it is glmmTMB's and brms's (log keeps a gamma mean positive; R's inverse does not).
    links
        Every link that is allowed.
    spellings
        Names in R packages and in Python, in lower case and without spaces, dots, dashes, underscores.
    scale, shape
        What the family's own numbers are called; empty for one that it does not have.
    """

    name: str
    label: str
    link: str
    links: tuple[str, ...]
    spellings: tuple[str, ...] = ()
    scale: str = ""
    shape: str = ""


_MEAN_LINKS = ("identity", "log", "inverse")
_PROBABILITY_LINKS = ("logit", "probit", "cloglog", "cauchit", "log")

FAMILIES: dict[str, Family] = {
    family.name: family
    for family in (
        Family(
            "gaussian", "Gaussian", "identity", ("identity", "log", "inverse"), ("normal",), "residual SD"
        ),
        Family("bernoulli", "Bernoulli", "logit", _PROBABILITY_LINKS, ("logistic",)),
        Family("binomial", "binomial", "logit", _PROBABILITY_LINKS),
        Family("poisson", "Poisson", "log", ("log", "identity", "sqrt")),
        Family(
            "negbinomial",
            "negative binomial",
            "log",
            ("log", "identity", "sqrt"),
            ("negativebinomial", "nbinom", "nbinom2", "negbin", "negbinomial2", "nb", "negbin2"),
            shape="shape φ",
        ),
        Family("gamma", "gamma", "log", ("log", "inverse", "identity"), shape="shape φ"),
        Family(
            "beta",
            "beta",
            "logit",
            ("logit", "probit", "cloglog", "cauchit"),
            ("betafamily", "betar"),
            shape="precision φ",
        ),
        Family(
            "student",
            "Student-t",
            "identity",
            _MEAN_LINKS,
            ("t", "studentt", "tfamily"),
            "residual scale σ",
            "degrees of freedom ν",
        ),
    )
}

#: Link → what its scale is called in sentences and titles.
SCALES = {
    "log": "log scale",
    "logit": "log-odds scale",
    "probit": "probit scale",
    "cloglog": "complementary log-log scale",
    "inverse": "inverse scale",
    "sqrt": "square-root scale",
}


def scale_of(link: str) -> str:
    """Name the scale of a link; empty for the outcome's own."""
    return "" if link == "identity" else SCALES.get(link, f"{link} scale")


_SPELLINGS = {
    spelling: family.name for family in FAMILIES.values() for spelling in (family.name, *family.spellings)
}


def resolve_family(family: str, link: str | None = None) -> tuple[str, str]:
    """Return this project's names of a family and its link.

    Parameters
    ----------
    family
        A name or a spelling of R or Python, for example ``"Gamma"`` or ``"nbinom2"``.
    link
        Name of the link function; None for the family's usual one.

    Raises
    ------
    FormulaError
        If the family is unknown, or the link does not belong to it.
    """
    if not isinstance(family, str) or not (link is None or isinstance(link, str)):
        raise FormulaError(
            "Family and link are given as text, like 'poisson' and 'log'.", code="unknown-family"
        )
    plain = "".join(c for c in family.lower() if c not in " ._-")
    name = _SPELLINGS.get(plain)
    if name is None:
        known = ", ".join(FAMILIES)
        near = get_close_matches(plain[:50], list(_SPELLINGS), 1, 0.6)
        hint = f" Did you mean {_SPELLINGS[near[0]]}?" if near else ""
        raise FormulaError(
            f"There is no family {family[:50]!r}. Known are {known}.{hint}", code="unknown-family"
        )
    links = FAMILIES[name].links
    if link is None:
        return name, FAMILIES[name].link
    if link not in links:
        raise FormulaError(
            f"The {FAMILIES[name].label} family has no link {link[:50]!r}. Known are {', '.join(links)}.",
            code="unknown-link",
        )
    return name, link
