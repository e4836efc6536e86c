"""The page of a fit: it keeps to the protocol, and no name in the data can leave its place."""

import base64
import hashlib
import json
import re

import pytest
from widget.protocol import mismatches

import mlmwidget as mlm
from mlmwidget.widget import page as pages

FORMULA = "Reaction ~ Days + (Days | Subject)"
HOSTILE = "</script><img src=x onerror=alert(1)>&amp;<!--\u2028\u2029"


@pytest.fixture(scope="module")
def fit():
    return mlm.fit(FORMULA, mlm.datasets.sleepstudy(), method="reml")


@pytest.fixture(autouse=True)
def built(tmp_path, monkeypatch):
    """A stand-in for the interface, so that these tests need no build."""
    (tmp_path / "widget.js").write_text("export default {};", encoding="utf-8")
    (tmp_path / "widget.css").write_text(".mlm { color: red }", encoding="utf-8")
    monkeypatch.setattr(pages, "STATIC", tmp_path)
    return tmp_path


def data_block(text):
    return re.search(r'<script type="application/json" id="mlmwidget-record">(.*?)</script>', text).group(1)


def test_a_record_keeps_to_the_protocol_and_lacks_no_chart(fit):
    record = pages.record(fit)
    assert mismatches(record, "Recorded") == []
    assert not any(chart.get("pending") for chart in record["report"]["charts"])
    assert {choice["value"] for choice in record["view"]["code"]} | {"latex"} <= set(record["texts"])


def test_the_page_holds_what_the_record_says(fit):
    text = fit.to_html(title="Week 3")
    assert json.loads(data_block(text)) == pages.record(fit, "Week 3")
    assert "<title>Week 3</title>" in text


def test_the_heading_says_data_model_method_date_and_version(fit):
    about = pages.record(fit)["about"]
    said = " ".join(fact["text"] for fact in about["facts"])
    assert about["title"] == fit.spec.formula
    for part in ("180 rows", "Subject (18)", "Gaussian", "REML", mlm.__version__):
        assert part in said
    assert re.search(r"\d{4}-\d\d-\d\d", said)


def test_nothing_in_names_or_title_leaves_its_place():
    data = mlm.datasets.sleepstudy().astype({"Subject": str})
    data["Subject"] = HOSTILE + data["Subject"]
    data = data.rename(columns={"Days": f"D{HOSTILE}"})
    fit = mlm.fit(f"Reaction ~ `D{HOSTILE}` + (1 | Subject)", data, method="reml")
    text = fit.to_html(title=HOSTILE)
    assert text.count("<script") == text.count("</script>") == 2
    assert "<img" not in text
    assert "<!--" not in text
    assert not set("<>&\u2028\u2029") & set(data_block(text))
    assert json.loads(data_block(text))["about"]["title"] == HOSTILE


def test_the_policy_names_the_script_and_the_style_sheet_that_are_there(fit):
    text = fit.to_html()
    for element in ("script type=.module.", "style"):
        content = re.search(rf"<{element}>(.*?)</", text, re.S).group(1)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in text
    assert "default-src 'none'" in text


def test_a_widget_writes_the_page_in_its_own_words(make):
    widget = make(formula=FORMULA, vocabulary="fixed-random")
    widget.fit(method="reml")
    sections = {row["section"] for row in json.loads(data_block(widget.to_html()))["report"]["summary"]}
    assert "Fixed effects" in sections


def test_a_path_is_written_and_returned(fit, tmp_path):
    path = fit.to_html(tmp_path / "week.html")
    assert path.read_text(encoding="utf-8") == fit.to_html()


def test_without_the_interface_there_is_a_sentence(fit, built):
    (built / "widget.js").unlink()
    with pytest.raises(ValueError, match="not built"):
        fit.to_html()


def test_a_widget_without_estimates_refuses(make):
    with pytest.raises(ValueError, match="press Fit"):
        make().to_html()


def test_a_widget_does_not_put_estimates_of_another_model_on_a_page(make):
    widget = make(formula=FORMULA)
    fit = widget.fit(method="reml")
    assert widget.to_html() == fit.to_html()
    widget.formula = "Reaction ~ Days + (1 | Subject)"
    with pytest.raises(ValueError, match="fit it first"):
        widget.to_html()
