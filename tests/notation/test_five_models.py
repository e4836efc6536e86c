"""The cheatsheet's five models, letter for letter."""

import pytest

from mlmwidget.formula.parse import parse
from mlmwidget.notation.latex import equations, latex
from mlmwidget.notation.symbols import structure

ERROR = r"\epsilon_{ij} &\sim \mathcal{N}(0, \sigma^2)"
PAIR = (
    r"\begin{pmatrix} \mu_{0j} \\ \mu_{1j} \end{pmatrix} &\sim \mathcal{N}(\mathbf{0}, \Sigma), "
    r"\quad \Sigma = \begin{pmatrix} \tau_0^2 & COV \\ & \tau_1^2 \end{pmatrix}"
)
WITH_X = r"y_{ij} &= \alpha_j + \beta_{1j} x_{ij} + \epsilon_{ij}"

LEVELS = {
    "y ~ 1 + (1 | g)": [
        r"y_{ij} &= \alpha_j + \epsilon_{ij}",
        ERROR,
        r"\alpha_j &= \gamma_{00} + \mu_{0j}",
        r"\mu_{0j} &\sim \mathcal{N}(0, \tau_0^2)",
    ],
    "y ~ x + (1 | g)": [
        WITH_X,
        ERROR,
        r"\alpha_j &= \gamma_{00} + \mu_{0j}",
        r"\beta_{1j} &= \gamma_{10}",
        r"\mu_{0j} &\sim \mathcal{N}(0, \tau_0^2)",
    ],
    "y ~ x + (0 + x | g)": [
        WITH_X,
        ERROR,
        r"\alpha_j &= \gamma_{00}",
        r"\beta_{1j} &= \gamma_{10} + \mu_{1j}",
        r"\mu_{1j} &\sim \mathcal{N}(0, \tau_1^2)",
    ],
    "y ~ x + (1 + x | g)": [
        WITH_X,
        ERROR,
        r"\alpha_j &= \gamma_{00} + \mu_{0j}",
        r"\beta_{1j} &= \gamma_{10} + \mu_{1j}",
        PAIR.replace("COV", r"\rho \tau_0 \tau_1"),
    ],
    "y ~ x + (x || g)": [
        WITH_X,
        ERROR,
        r"\alpha_j &= \gamma_{00} + \mu_{0j}",
        r"\beta_{1j} &= \gamma_{10} + \mu_{1j}",
        PAIR.replace("COV", "0"),
    ],
}


def lines(text):
    """Lines of an aligned block."""
    body = text.removeprefix("\\begin{aligned}\n").removesuffix("\n\\end{aligned}")
    return body.split(" \\\\\n")


@pytest.mark.parametrize(("formula", "expected"), LEVELS.items())
def test_levels_are_the_cheatsheet_s(formula, expected):
    assert lines(latex(formula)) == expected


def test_correlated_and_uncorrelated_differ_in_one_cell_only():
    correlated, uncorrelated = latex("y ~ x + (x | g)"), latex("y ~ x + (x || g)")
    assert correlated.replace(r"\rho \tau_0 \tau_1", "0") == uncorrelated


def test_gelman_and_hill_write_one_distribution_a_level():
    assert lines(latex("y ~ x + (x | g)", style="gelman-hill")) == [
        r"y_i &\sim \mathcal{N}(\alpha_{j[i]} + \beta_{j[i]} x_i, \sigma^2)",
        r"\begin{pmatrix} \alpha_j \\ \beta_j \end{pmatrix} &\sim \mathcal{N}\left("
        r"\begin{pmatrix} \mu_{\alpha} \\ \mu_{\beta} \end{pmatrix}, \Sigma\right), \quad \Sigma = "
        r"\begin{pmatrix} \sigma_{\alpha}^2 & \rho \sigma_{\alpha} \sigma_{\beta} \\ & \sigma_{\beta}^2 "
        r"\end{pmatrix}",
    ]


def test_raudenbush_and_bryk_number_the_intercept():
    assert lines(latex("y ~ x + (1 | g)", style="raudenbush-bryk")) == [
        r"y_{ij} &= \beta_{0j} + \beta_{1j} x_{ij} + r_{ij}",
        r"r_{ij} &\sim \mathcal{N}(0, \sigma^2)",
        r"\beta_{0j} &= \gamma_{00} + u_{0j}",
        r"\beta_{1j} &= \gamma_{10}",
        r"u_{0j} &\sim \mathcal{N}(0, \tau_0^2)",
    ]


def test_the_matrix_style_is_the_cheatsheet_s_sum():
    assert lines(latex("y ~ x + (1 | g)", style="matrix"))[0] == (
        r"\underset{n \times 1}{Y} &= \underset{1 \times 1}{\alpha} + "
        r"\underset{n \times p}{X} \; \underset{p \times 1}{\beta} + "
        r"\underset{n \times q}{Z} \; \underset{q \times 1}{\gamma} + \underset{n \times 1}{\epsilon}"
    )


def test_an_unknown_style_names_those_there_are():
    with pytest.raises(ValueError, match="'gelman-hill'"):
        latex("y ~ x", style="apa")


def test_ids_name_the_parts_of_the_spec():
    text = latex("y ~ x + (x | g)", ids=True)
    for part in (
        "response",
        "intercept",
        "term-0",
        "group-0-intercept",
        "group-0-term-0",
        "group-0-cor",
        "sigma",
    ):
        assert rf"\htmlData{{part={part}}}{{" in text
    assert r"\htmlData{part=group-0-cor}{\rho \tau_0 \tau_1}" in text


def test_ids_change_nothing_but_the_wrapping():
    import re

    text = latex("y ~ x + (x | g)", ids=True)
    while r"\htmlData" in text:
        text = re.sub(r"\\htmlData\{part=[a-z0-9-]+\}\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}", r"\1", text)
    assert text == latex("y ~ x + (x | g)")


def test_blocks_are_titled_by_level_and_group():
    titles = [title for title, _ in equations(structure(parse("y ~ x + (x | Subject)")))]
    assert titles == [
        "Level 1, observations i in Subject j",
        "Level 2, Subject j",
        "Distribution of the effects of Subject",
    ]
