"""What tooltips say of the parts of a fitted model."""

import pytest

import mlmwidget as mlm
from mlmwidget.notation.glossary import glossary
from mlmwidget.notation.symbols import structure
from mlmwidget.widget.report import report


@pytest.fixture(scope="module")
def sleepstudy():
    data = mlm.datasets.sleepstudy()
    return mlm.fit("Reaction ~ Days + (Days | Subject)", data, method="exact", random_seed=1, progress=False)


def test_every_part_with_estimates_has_them_with_interval_and_unit(sleepstudy):
    made = report(sleepstudy, names=[])
    tips, rows = made["tips"], {row["part"]: row for row in made["summary"]}
    assert set(tips) == set(rows) <= set(glossary(structure(sleepstudy.spec, sleepstudy.frame)))
    for part, row in rows.items():
        assert f"{row['lower']} to {row['upper']}" in tips[part]
    assert tips["term-0"].startswith("Estimate: 10.5\N{NO-BREAK SPACE}ms per day (95 % interval: ")
    assert tips["sigma"].startswith("Residual SD: ")
    assert "\N{NO-BREAK SPACE}ms (" in tips["group-0-intercept"]
    assert "ms" not in tips["group-0-cor"]


def test_a_part_of_many_coefficients_lists_a_few_and_says_where_the_others_are():
    data = mlm.datasets.penicillin()
    made = report(mlm.fit("diameter ~ plate + (1 | sample)", data, method="reml"), names=[])
    lines = made["tips"]["term-0"].split("\n")
    assert len(lines) == 4
    assert lines[-1] == "… and 20 more in the table of estimates."


def test_an_estimate_on_a_link_s_scale_says_so():
    s = mlm.datasets.simulate("y ~ x + (1 | g)", groups=8, per_group=30, family="poisson")
    fit = mlm.fit("y ~ x + (1 | g)", s.data, family="poisson", method="laplace", draws=100, chains=2)
    assert "on the log scale (95 % interval" in report(fit, names=[])["tips"]["term-0"]


def test_a_slope_of_a_quoted_name_is_a_slope_with_its_own_unit():
    data = mlm.datasets.sleepstudy().rename(columns={"Days": "days awake"})
    data.attrs["units"] = {"Reaction": "ms", "days awake": "days"}
    fit = mlm.fit("Reaction ~ `days awake` + (1 + `days awake` | Subject)", data, method="reml")
    rows = {(row["label"], row["unit"]) for row in report(fit, names=[])["summary"]}
    assert ("days awake", "ms per day") in rows
    assert ("SD of slopes of days awake", "ms per day") in rows
