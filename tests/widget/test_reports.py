"""What is sent of a fit: charts when they are looked at, and a report whatever happens to one of them."""

import pytest
from widget.protocol import mismatches

from mlmwidget import datasets
from mlmwidget.charts import PLOTS
from mlmwidget.charts.charts import _ENTRIES
from mlmwidget.widget.report import charts

CORRELATED = "Reaction ~ Days + (1 + Days | Subject)"


@pytest.fixture
def fitted(make):
    widget = make(formula=CORRELATED)
    widget.fit(method="exact", draws=50, chains=2, random_seed=1)
    return widget


def drawn(widget):
    return [chart["name"] for chart in widget.report["charts"] if not chart.get("pending")]


def look(widget, send, *names):
    send(widget, {"type": "charts", "names": [*names]})
    assert widget._fits.reports.wait(60)


def test_a_report_brings_the_charts_of_the_first_tab_and_announces_the_others(fitted):
    assert mismatches(fitted.report, "Report") == []
    assert [chart["name"] for chart in fitted.report["charts"]] == list(PLOTS)
    first = fitted.report["charts"][0]["tab"]
    assert drawn(fitted) == [c["name"] for c in fitted.report["charts"] if c["tab"] == first]
    assert drawn(fitted) == ["pooling", "shrinkage"]


def test_a_chart_comes_into_the_same_report_when_its_tab_is_opened(fitted, send):
    number = fitted.report["id"]
    look(fitted, send, "variance")
    assert fitted.report["id"] == number
    assert drawn(fitted) == ["pooling", "shrinkage", "variance"]
    assert next(c for c in fitted.report["charts"] if c["name"] == "variance")["spec"]
    assert mismatches(fitted.report, "Report") == []


def test_the_next_report_brings_what_is_on_the_open_tab(fitted, send):
    look(fitted, send, "variance")
    fitted.fit(method="reml")
    assert drawn(fitted) == ["variance"]
    look(fitted, send)
    fitted.fit(method="ml")
    assert drawn(fitted) == []


def test_a_chart_that_is_there_is_not_sent_again(fitted, send):
    seen = []
    fitted.observe(seen.append, "report")
    look(fitted, send, "pooling", "no such chart", 7)
    send(fitted, {"type": "charts", "names": "pooling"})
    assert seen == []


def test_charts_that_are_looked_at_before_any_fit_wait_for_one(make, send):
    widget = make(formula=CORRELATED)
    look(widget, send, "variance")
    assert widget.report == {}
    widget.fit(method="exact", draws=50, chains=2)
    assert drawn(widget) == ["variance"]


def test_a_chart_that_fails_says_so_and_costs_neither_the_report_nor_the_others(fitted, monkeypatch):
    def fail(*_, **options):
        raise ZeroDivisionError("division by zero")

    entry = type("Entry", (), {"table": staticmethod(fail)})
    monkeypatch.setitem(_ENTRIES, "shrinkage", entry)
    made = charts(fitted.result, ["pooling", "shrinkage", "variance"])
    assert [bool(chart["spec"]) for chart in made] == [True, False, True]
    assert made[1]["note"] == "This chart could not be made (ZeroDivisionError: division by zero)."
    assert [m for chart in made for m in mismatches(chart, "Chart")] == []


def shown_groups(widget):
    chart = next(c for c in widget.report["charts"] if c["name"] == "pooling")
    return list(dict.fromkeys(row["level"] for row in chart["data"]["pooling"])), chart


def test_panels_turn_to_other_groups_and_stay_there_with_the_next_fit(make, send):
    widget = make(datasets.radon(), "log_radon ~ floor + (1 | county)")
    widget.fit(method="reml")
    sample, chart = shown_groups(widget)
    assert mismatches(widget.report, "Report") == []
    send(widget, chart["page"]["next"])
    assert widget._fits.reports.wait(20)
    first, chart = shown_groups(widget)
    assert first != sample
    assert chart["page"]["label"] == "1 to 24 of 85"
    widget.fit(method="ml")
    assert set(shown_groups(widget)[0]) == set(first)
    send(widget, chart["page"]["chosen"], groups=["LAKE", "AITKIN"])
    assert widget._fits.reports.wait(20)
    assert set(shown_groups(widget)[0]) == {"LAKE", "AITKIN"}
    options = widget._fits.reports.options("pooling")
    assert "groups=['LAKE', 'AITKIN']" in widget.charts.code("pooling", **options)


def test_groups_that_there_are_not_and_charts_without_pages_change_nothing(make, send):
    widget = make(datasets.radon(), "log_radon ~ floor + (1 | county)")
    widget.fit(method="reml")
    before = shown_groups(widget)[0]
    for request in ({"groups": ["ATLANTIS"]}, {"groups": [1]}, {"page": "2"}, {"page": None}, {"groups": []}):
        send(widget, {"type": "page", "chart": "pooling", **request})
    send(widget, {"type": "page", "chart": "variance", "page": 1})
    assert widget._fits.reports.wait(20)
    assert shown_groups(widget)[0] == before


@pytest.mark.parametrize(
    ("method", "titles"),
    [
        ("exact", ["Mean", "SD", "Lower", "Upper"]),
        ("reml", ["Estimate", "SE", "Lower", "Upper"]),
        ("ml", ["Estimate", "SE", "Lower", "Upper"]),
    ],
)
def test_the_table_s_columns_are_those_that_the_method_has_figures_for(make, method, titles):
    widget = make(formula=CORRELATED)
    widget.fit(method=method)
    assert [column["title"] for column in widget.report["columns"]] == titles
