"""The rules of the notation beyond the five models."""

import re

import numpy as np
import pandas as pd
import pytest
import reference_data

from mlmwidget.data.build import model_frame
from mlmwidget.formula.parse import parse
from mlmwidget.notation.latex import latex


def written(formula, dataset=None, **options):
    """Lines of a model, without alignment marks."""
    data = reference_data.load(dataset) if isinstance(dataset, str) else dataset
    family = options.pop("family", None)
    model = (
        parse(formula, family=family or "gaussian")
        if data is None
        else model_frame(formula, data, family=family).spec
    )
    frame = None if data is None else model_frame(formula, data, family=family)
    text = latex(model, frame, **options)
    body = text.removeprefix("\\begin{aligned}\n").removesuffix("\n\\end{aligned}")
    return [line.replace("&", "", 1) for line in body.split(" \\\\\n")]


def equation(lines, left):
    """Right-hand side of the equation of a symbol."""
    return next(line.split(" = ", 1)[1] for line in lines if line.startswith(f"{left} ="))


def test_a_group_level_predictor_stands_in_the_intercept_s_equation():
    lines = written("log_radon ~ floor + log_uranium + (1 | county)", "radon")
    assert equation(lines, r"\alpha_j") == r"\gamma_{00} + \gamma_{01} \, \mathrm{log\_uranium}_j + \mu_{0j}"
    assert "uranium" not in lines[0]


def test_a_cross_level_interaction_stands_in_the_slope_s_equation():
    lines = written("log_radon ~ floor * log_uranium + (floor | county)", "radon")
    assert (
        equation(lines, r"\beta_{1j}") == r"\gamma_{10} + \gamma_{11} \, \mathrm{log\_uranium}_j + \mu_{1j}"
    )


def test_an_indicator_can_be_a_group_level_predictor():
    lines = written("distance ~ age * Sex + (age | Subject)", "Orthodont")
    assert (
        equation(lines, r"\alpha_j")
        == r"\gamma_{00} + \gamma_{01} [\mathrm{Sex} = \mathrm{Female}]_j + \mu_{0j}"
    )


def test_a_slope_without_population_level_effect_is_its_deviation():
    assert equation(written("y ~ 1 + (x | g)"), r"\beta_{1j}") == r"\mu_{1j}"


def test_a_group_intercept_without_population_intercept_is_its_deviation():
    assert equation(written("y ~ 0 + x + (1 | g)"), r"\alpha_j") == r"\mu_{0j}"


def test_no_intercept_at_all_leaves_no_alpha():
    assert not any(r"\alpha" in line for line in written("y ~ 0 + x + (0 + x | g)"))


def test_crossed_factors_add_up_under_their_names():
    lines = written("y ~ 1 + (1 | school) + (1 | pupil)")
    assert equation(lines, r"\alpha_{jk}") == (
        r"\gamma_{00} + \mu_{0j}^{(\mathrm{school})} + \mu_{0k}^{(\mathrm{pupil})}"
    )


def test_nested_factors_are_two_factors():
    assert written("y ~ 1 + (1 | a/b)") == written("y ~ 1 + (1 | a) + (1 | a:b)")


def test_a_bernoulli_model_has_no_error():
    lines = written("y ~ x + (1 | g)", family="bernoulli")
    assert lines[0] == r"y_{ij} \sim \operatorname{Bernoulli}(p_{ij})"
    assert lines[1] == r"\operatorname{logit}(p_{ij}) = \alpha_j + \beta_{1j} x_{ij}"
    assert not any(r"\epsilon" in line or r"\sigma" in line for line in lines)


def test_offsets_appear():
    lines = written("y ~ x + offset(log(t)) + (1 | g)", family="poisson")
    assert lines[1] == r"\log(\lambda_{ij}) = \alpha_j + \beta_{1j} x_{ij} + \log(t)_{ij}"


def test_trials_are_named():
    lines = written("cbind(incidence, size - incidence) ~ 1 + (1 | herd)", "cbpp", family="binomial")
    assert r"n_{ij} = \mathrm{size}_{ij}" in lines


def test_a_binomial_response_of_single_trials_is_bernoulli():
    lines = written("use ~ age + (1 | district)", "Contraception", family="binomial")
    assert lines[0].endswith(r"\operatorname{Bernoulli}(p_{ij})")


def test_weights_divide_the_variance_by_their_name():
    data = pd.DataFrame({"y": np.arange(8.0), "g": list("aabbccdd"), "v": [1.0, 2] * 4})
    frame = model_frame("y ~ 1 + (1 | g)", data, weights="v")
    assert r"\mathcal{N}(0, \sigma^2 / v_{ij})" in latex(frame.spec, frame)


def test_trials_that_come_from_weights_have_their_name():
    data = reference_data.load("cbpp").assign(share=lambda d: d["incidence"] / d["size"])
    frame = model_frame("share ~ period + (1 | herd)", data, family="binomial", weights="size")
    assert r"n_{ij} &= \mathrm{size}_{ij}" in latex(frame.spec, frame)


@pytest.mark.parametrize(("levels", "indexed"), [(5, False), (6, True)])
def test_up_to_four_indicators_are_written_one_by_one(levels, indexed):
    data = pd.DataFrame({"y": np.arange(60.0) % 7, "f": [f"L{i % levels}" for i in range(60)]})
    data["g"] = [f"g{i // 6}" for i in range(60)]
    lines = written("y ~ f + (1 | g)", data)
    assert (r"\beta_{1j[f_{ij}]}" in lines[0]) == indexed
    assert (r"[f = \mathrm{L1}]_{ij}" in lines[0]) != indexed


def test_an_indexed_category_says_what_its_index_runs_over():
    lines = written("diameter ~ sample + (1 | plate)", "Penicillin")
    assert r"\beta_{1j[c]} = \gamma_{10[c]}, \quad c = \mathrm{B}, \dots, \mathrm{F}" in lines


def test_transformations_show_as_written():
    assert r"\log(x)_{ij}" in written("y ~ log(x) + (1 | g)")[0]
    assert r"(x^{2})_{ij}" in written("y ~ I(x^2) + (1 | g)")[0]


def test_an_effect_of_the_same_column_is_the_same_symbol():
    lines = written("height ~ poly(age, 4) + (poly(age, 2) | Subject)", "Oxboys")
    assert equation(lines, r"\beta_{2j}") == r"\gamma_{20} + \mu_{2j}"


def test_the_order_of_terms_is_the_formula_s():
    line = written("y ~ zeta + alpha + mid + (1 | g)")[0]
    assert re.findall(r"mathrm\{(\w+)\}", line) == ["zeta", "alpha", "mid"]


def test_a_model_without_groups_has_one_level():
    assert written("y ~ x") == [
        r"y_i = \alpha + \beta_1 x_i + \epsilon_i",
        r"\epsilon_i \sim \mathcal{N}(0, \sigma^2)",
    ]


def test_many_effects_are_written_in_compact_form():
    formula = "y ~ a + b + c + d + e + (a + b + c + d + e | g)"
    last = written(formula)[-1]
    assert r"\Sigma = D R D" in last
    assert "pmatrix" not in last
    assert (
        r"\operatorname{diag}(\tau_0^2, \tau_1^2, \dots, \tau_5^2)" in written(formula.replace("|", "||"))[-1]
    )


def test_only_the_upper_triangle_is_shown():
    text = written("y ~ a + b + (a + b | g)")[-1]
    matrix = re.search(r"\\Sigma = \\begin\{pmatrix\} (.*) \\end", text)[1]
    rows = [row.split("&") for row in matrix.split(r"\\")]
    assert [[cell.strip() == "" for cell in row] for row in rows] == [
        [False, False, False],
        [True, False, False],
        [True, True, False],
    ]
    assert r"\rho_{12} \tau_1 \tau_2" in matrix


def test_the_matrix_style_shows_the_dimensions_of_the_data():
    first = written("Reaction ~ Days + (Days | Subject)", "sleepstudy", style="matrix")[0]
    assert r"\underset{180 \times 36}{Z} \; \underset{36 \times 1}{\gamma}" in first
    assert r"\underset{180 \times 1}{X} \; \underset{1 \times 1}{\beta}" in first


def test_gelman_and_hill_put_group_level_predictors_in_the_mean():
    lines = written("log_radon ~ floor + log_uranium + (1 | county)", "radon", style="gelman-hill")
    assert lines[1] == (
        r"\alpha_j \sim \mathcal{N}(\mu_{\alpha} + \gamma_{1}^{\alpha} \, \mathrm{log\_uranium}_j, "
        r"\sigma_{\alpha}^2)"
    )


def test_raudenbush_and_bryk_write_group_level_predictors_with_gamma():
    data = pd.DataFrame({"y": range(6), "g": list("aabbcc"), "w": [1, 1, 2, 2, 4, 4]})
    lines = written("y ~ w + (1 | g)", data, style="raudenbush-bryk")
    assert equation(lines, r"\beta_{0j}") == r"\gamma_{00} + \gamma_{01} w_j + u_{0j}"


def test_priors_are_in_data_units():
    lines = written("Reaction ~ Days + (Days | Subject)", "sleepstudy", priors=True)
    assert r"\gamma_{00} + 4.5 \, \gamma_{10} \sim \mathcal{N}(299, 141^2)" in lines
    assert r"\gamma_{10} \sim \mathcal{N}(0, 48.9^2)" in lines
    assert r"\tau_1 \sim \operatorname{Exponential}(\text{mean } 19.6)" in lines
    assert r"\begin{pmatrix} 1  \rho \\ & 1 \end{pmatrix} &\sim \operatorname{LKJ}(2)" in lines


def test_priors_without_data_are_refused():
    with pytest.raises(ValueError, match="give `data`"):
        latex("y ~ x", priors=True)


FITTED = {
    "(Intercept)": 251.4,
    "Days": -10.47,
    "sd_(Intercept)|Subject": 24.74,
    "sd_Days|Subject": 5.92,
    "cor_Days.(Intercept)|Subject": -0.066,
    "sigma": 25.59,
}


def test_values_take_the_place_of_symbols_with_tidy_signs():
    lines = written("Reaction ~ Days + (Days | Subject)", "sleepstudy", fit=FITTED)
    assert r"\alpha_j = 251 + \mu_{0j}" in lines
    assert r"\beta_{1j} = -10.5 + \mu_{1j}" in lines
    assert r"\begin{pmatrix} 24.7^2 & -0.066 \cdot 24.7 \cdot 5.92 \\ & 5.92^2 \end{pmatrix}" in lines[-1]


def test_a_negative_value_is_subtracted():
    lines = written("y ~ a + b", fit={"(Intercept)": 2.0, "a": -3.5, "b": 4.0, "sigma": 1.0})
    assert lines[0] == r"y_i = 2 - 3.5 a_i + 4 b_i + \epsilon_i"


def subscripts(text):
    """Symbols with a subscript that are defined on the left of an equation."""
    return re.findall(
        r"(\\(?:alpha|beta|gamma|mu|tau)_(?:\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}|\w)(?:\^\{\([^)]*\)\})?)", text
    )


@pytest.mark.parametrize("record", reference_data.formulas(), ids=lambda r: r["id"])
def test_every_coefficient_and_effect_has_a_subscript_of_its_own(record):
    frame = model_frame(record["formula"], reference_data.load(record["dataset"]), family=record["family"])
    text = latex(frame.spec, frame).replace("\\\\ &\\quad", "")
    lefts = [line.split("&")[0].strip() for line in text.split(" \\\\\n")[1:]]
    assert len(lefts) == len(set(lefts))
    second = "".join(line.split("&=")[1] for line in text.split("\n") if re.match(r"\\(alpha|beta)", line))
    used = subscripts(second)
    assert len(used) == len(set(used))


def test_ten_slopes_keep_their_subscripts_apart():
    names = " + ".join(f"x{i}" for i in range(1, 12))
    lines = written(f"y ~ {names} + (1 | g)")
    text = "\n".join(lines)
    assert r"\beta_{1j} = \gamma_{10}" in text
    assert r"\beta_{10,j} = \gamma_{10,0}" in text


def test_the_matrix_style_links_the_mean_of_a_count():
    lines = written("TICKS ~ YEAR + (1 | BROOD)", "grouseticks", style="matrix", family="poisson")
    assert lines[0].startswith(r"\log(\underset{403 \times 1}{\lambda}) =")
    assert lines[1] == r"Y \sim \operatorname{Poisson}(\lambda)"
    assert not any(r"\epsilon" in line for line in lines)


def test_data_levels_and_intervals_are_named():
    lines = written("Reaction ~ cut(Days, c(-1, 2, 5, 9)) + (1 | Subject)", "sleepstudy")
    assert r"[\mathrm{Days} \in \text{(2,5]}]_{ij}" in lines[0]


def test_the_coarsest_grouping_gives_a_predictor_its_index():
    lines = written("TICKS ~ cHEIGHT + (1 | BROOD) + (1 | LOCATION)", "grouseticks", family="poisson")
    assert r"\gamma_{01} \, \mathrm{cHEIGHT}_k" in equation(lines, r"\alpha_{jk}")


def test_a_factor_with_a_group_for_every_row_makes_no_group_level_predictors():
    lines = written("incidence / size ~ period + (1 | herd) + (1 | obs)", "cbpp", family="binomial")
    assert r"[\mathrm{period} = \mathrm{2}]_{ijk}" in lines[1]
