"""The widget among other widgets: in boxes, observed, linked, and beside another of its kind."""

import ipywidgets
import pytest

from mlmwidget import FormulaError

CORRELATED = "Reaction ~ Days + (1 + Days | Subject)"
INTERCEPTS = "Reaction ~ Days + (1 | Subject)"


def test_it_stands_in_a_box(make):
    widget, other = make(formula=CORRELATED), ipywidgets.IntSlider()
    box = ipywidgets.HBox([widget, other])
    assert box.get_state()["children"] == [f"IPY_MODEL_{w.model_id}" for w in (widget, other)]


def test_observers_hear_of_clicks_and_of_undo(make, send):
    widget, heard = make(formula=CORRELATED), []
    widget.observe(lambda change: heard.append(change["new"]), "formula")
    send(widget, {"type": "formula", "text": INTERCEPTS})
    widget.undo()
    assert heard == [INTERCEPTS, CORRELATED]


def test_a_linked_control_drives_it_and_follows_it(make, send):
    widget, text = make(formula=CORRELATED), ipywidgets.Text()
    ipywidgets.link((widget, "formula"), (text, "value"))
    assert text.value == CORRELATED
    text.value = INTERCEPTS
    assert widget.formula == widget.view["formula"] == INTERCEPTS
    send(widget, {"type": "undo"})
    assert text.value == CORRELATED


def test_a_linked_text_that_cannot_be_read_leaves_the_model(make):
    widget, text = make(formula=CORRELATED), ipywidgets.Text()
    ipywidgets.link((widget, "formula"), (text, "value"))
    with pytest.raises(FormulaError):
        text.value = "Reaction ~"
    assert widget.formula == CORRELATED


def test_two_widgets_share_nothing(make, send):
    first, second = make(formula=CORRELATED), make(formula=CORRELATED)
    send(first, {"type": "formula", "text": INTERCEPTS})
    assert second.formula == CORRELATED


def test_two_linked_widgets_show_one_model(make, send):
    first, second = make(formula=CORRELATED), make(formula=INTERCEPTS)
    ipywidgets.link((first, "formula"), (second, "formula"))
    send(second, {"type": "formula", "text": "Reaction ~ 1 + (1 | Subject)"})
    assert first.formula == second.formula == "Reaction ~ 1 + (1 | Subject)"
