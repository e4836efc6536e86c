"""Charts as scripts: running one gives an equal chart, and names in the data stay text."""

import ast

import altair as alt
import pandas as pd
import pytest
import standin
from test_views import HOSTILE, MODELS, QUICK

import mlmwidget as mlm
from mlmwidget import datasets
from mlmwidget.charts import LIGHT, PLOTS
from mlmwidget.charts.charts import _ENTRIES, _drawn
from mlmwidget.charts.code import drawing_code
from mlmwidget.charts.figure import NamedTable, quietly
from mlmwidget.charts.source import Names, Text, call, literal, source
from mlmwidget.charts.tables.common import Results


def without_rows(spec):
    """A specification without data, and without the names of views that there are not."""
    text = str(spec)
    for parameter in spec.get("params", []):
        if "views" in parameter:
            parameter["views"] = [v for v in parameter["views"] if f"'name': '{v}'" in text]
    return {key: value for key, value in spec.items() if key != "datasets"}


class Rows(dict):
    """Rows of any name; Altair would lift the data that its views share, were they one object."""

    def __missing__(self, name):
        return NamedTable(name)


def run(spec):
    """Run the code of a specification over data of the same names."""
    drawing, lines = drawing_code(spec)
    names = {"alt": alt, "rows": Rows()}
    with quietly():
        exec("\n".join([*lines, f"chart = {drawing}"]), names)
        return names["chart"].to_dict(validate=False)


@pytest.mark.parametrize("plot", PLOTS)
@pytest.mark.parametrize(
    "model", [m if m in QUICK else pytest.param(m, marks=pytest.mark.slow) for m in MODELS]
)
def test_running_a_chart_s_code_gives_an_equal_chart(model, plot):
    shown = _ENTRIES[plot].table(Results(MODELS[model]))
    with quietly():
        spec = _drawn(plot, shown).to_dict(validate=False)
    assert without_rows(run(spec)) == without_rows(spec)


@pytest.mark.parametrize(
    ("plot", "formula", "data", "sd"),
    [
        ("shrinkage", "y ~ x + z + (1 + x + z | g)", {"groups": 8}, [[1, 1, 1]]),
        ("population", "y ~ x + (1 | g)", {"groups": 50, "per_group": 100}, [[1]]),
        ("caterpillar", "y ~ x + (1 | g)", {"groups": 90, "per_group": 3}, [[1]]),
    ],
)
def test_versions_for_many_terms_rows_and_groups_have_code_too(plot, formula, data, sd):
    s = datasets.simulate(formula, **data)
    shown = _ENTRIES[plot].table(Results(standin.standin(s.spec, s.data, sd, 1.0)))
    spec = _drawn(plot, shown).to_dict(validate=False)
    assert without_rows(run(spec)) == without_rows(spec)


def test_a_script_is_complete_and_draws_what_the_library_draws():
    data = datasets.sleepstudy()
    fit = mlm.fit("Reaction ~ Days + (Days | Subject)", data, method="reml")
    script = fit.charts.code("shrinkage")
    assert "method='reml'" in script
    names = {"data": data}
    run_here = "\n".join(line for line in script.splitlines() if "read_csv" not in line)
    with quietly():
        exec(run_here, names)
        spec = names["figure"].to_dict()
    assert spec["title"]["text"] == "Shrinkage towards the population"
    assert spec["config"]["range"] == LIGHT["range"]
    rows = fit.charts.data("shrinkage")["shrinkage"]
    assert len(rows) == 18
    assert any(len(r) == 18 and r[0]["level"] == rows["level"][0] for r in spec["datasets"].values())
    vlc = pytest.importorskip("vl_convert")
    theirs = vlc.vegalite_to_svg(fit.charts.shrinkage().to_dict(), vl_version="6.4")
    assert vlc.vegalite_to_svg(spec, vl_version="6.4").count("<path") == theirs.count("<path")


def test_options_of_a_chart_are_in_its_script():
    charts = standin.radon().charts
    assert "groups=['AITKIN']" in charts.code("pooling", groups=["AITKIN"])
    assert 'value="total"' in charts.code("caterpillar", total=True)
    with pytest.raises(ValueError, match="There is no chart 'pie'"):
        charts.code("pie")


def test_hostile_names_are_string_literals_of_the_script():
    rows = {HOSTILE[0]: list(range(5)) * 8, HOSTILE[2]: [h for h in HOSTILE for _ in range(5)]}
    data = pd.DataFrame(rows).astype({HOSTILE[0]: float})
    data[HOSTILE[3]] = [float(i * 7 % 11) for i in range(40)]
    formula = f"`{HOSTILE[3]}` ~ `{HOSTILE[0]}` + (`{HOSTILE[0]}` | `{HOSTILE[2]}`)"
    charts = standin.standin(formula, data, [[1.0, 0.5]], 1.0).charts
    for plot in PLOTS:
        tree = ast.parse(charts.code(plot))
        called = {ast.unparse(n.func).split(".")[-1] for n in ast.walk(tree) if isinstance(n, ast.Call)}
        assert not {c for c in called if not c.isidentifier()}
        assert "alert" not in {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}


def test_lines_are_broken_where_they_are_too_long_and_say_the_same():
    text = "many words " * 30 + '"quoted" \\ and\nbroken'
    node = call("f", Text(text), x=literal({"a": [1, 2.5, None, True], "b": text}))
    written = source(node)
    assert max(map(len, written.splitlines())) <= 100
    assert eval(written, {"f": lambda *a, **k: (a, k)}) == (
        (text,),
        {"x": {"a": [1, 2.5, None, True], "b": text}},
    )


def test_what_is_said_twice_gets_a_name_once():
    axis = call("alt.Axis", title=Text("a title that is long enough to be worth it"))
    names = Names({"axis"})
    node = names.share(call("f", call("g", axis=axis), call("h", axis=axis)))
    assert source(node) == "f(g(axis=axis_2), h(axis=axis_2))"
    assert [name for name, _ in names.made] == ["axis_2"]
