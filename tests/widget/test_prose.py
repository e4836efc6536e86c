"""Names that are no plain words: the formula quotes them, sentences and titles do not."""

import numpy as np
import pandas as pd
import pytest

from mlmwidget import fit
from mlmwidget.charts import views
from mlmwidget.formula.text import in_words
from mlmwidget.widget.report import report
from mlmwidget.widget.source import Source
from mlmwidget.widget.view import view

#: Fields that hold formula text, or go back to Python.
CODE = {"formula", "latex", "plain", "pieces", "priors", "values", "request", "remove", "value", "parameter"}
MODELS = [
    "`days off` + `mean age` + `kind of day` + (1 + `days off` | `subject id`) + (1 | `the site`)",
    "I(`days off` - ave(`days off`, `the site`)) + ave(`days off`, `the site`) + (1 | `the site`)",
    "log(`days off` + 1) * `kind of day` + offset(`mean age`) + (1 + `kind of day` || `subject id`)",
]


def data():
    rng = np.random.default_rng(0)
    subject = np.repeat(np.arange(24), 10)
    return pd.DataFrame(
        {
            "reaction time": rng.normal(300, 30, 240),
            "days off": rng.integers(0, 9, 240).astype(float),
            "kind of day": rng.choice(["hot day", "cold"], 240),
            "subject id": [f"s {k}" for k in subject],
            "the site": [f"t {k}" for k in subject // 4],
            "mean age": rng.normal(40, 5, 24)[subject],
        }
    )


def prose(value, field=""):
    """Texts for people: lines that a control shows below its words are formula text."""
    if isinstance(value, dict):
        for name, part in value.items():
            if name not in CODE:
                yield from prose(part, name)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from prose(part, field)
    elif isinstance(value, str):
        yield value.partition("\n")[0] if field == "title" else value


@pytest.mark.parametrize("right", MODELS)
def test_no_sentence_title_or_label_has_a_name_in_back_quotes(right):
    made = fit(f"`reaction time` ~ {right}", data(), method="exact", draws=50, chains=2, progress=False)
    shown = view(made.spec, Source(data()), live=True)
    said = [*prose(shown), *prose(report(made, names=())), *prose(views(made))]
    # What is to be typed as it stands keeps its quotes.
    quoted = [text for text in said if "`" in text and "Compare one with the others" not in text]
    assert quoted == []
    assert any("subject id" in text for text in said)


def test_what_is_no_name_stays_as_it_is():
    assert in_words("log(`a b` + 1):`c d`") == "log(a b + 1):c d"
    assert in_words(r"`a \` b`") == "a ` b"
    assert in_words('f == "`a` b"') == 'f == "`a` b"'
    assert in_words("Days") == "Days"
    assert (in_words("` the site `"), in_words("` `")) == ("the site", "` `")
