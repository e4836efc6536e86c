"""Factors, contrasts, bases and interactions beyond the examples agree with R (more_frames.json)."""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mlmwidget.data.build import model_frame

REFERENCE = json.loads((Path(__file__).parents[1] / "reference" / "more_frames.json").read_text("utf-8"))


@cache
def data():
    columns = {}
    for column in REFERENCE["columns"]:
        values = pd.Series(column["values"])
        if column["type"] in ("factor", "ordered"):
            values = pd.Categorical(values, column["levels"], ordered=column["type"] == "ordered")
        elif column["type"] == "logical":
            values = values.astype("boolean")
        columns[column["name"]] = values
    return pd.DataFrame(columns)


def same(matrix, names, wanted):
    assert list(names) == wanted["columns"]
    rows = np.arange(1, len(matrix) + 1)[:, None]
    # The moment tells rows apart: right values in wrong rows are found too.
    for found, expected in (
        (matrix.sum(axis=0), wanted["sum"]),
        ((matrix**2).sum(axis=0), wanted["sumsq"]),
        ((matrix * rows).sum(axis=0), wanted["moment"]),
    ):
        np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("record", REFERENCE["frames"], ids=lambda r: r["formula"])
def test_frame_is_r_s(record):
    frame = model_frame(record["formula"], data())
    assert frame.n == record["n"]
    same(frame.X, frame.X_names, record["X"])
    assert list(frame.aliased) == record["dropped"]
    np.testing.assert_allclose(frame.offset.sum(), record["offset"])
    np.testing.assert_allclose(frame.y.sum(), record["y"])
    np.testing.assert_allclose(frame.y @ np.arange(1, frame.n + 1), record["y_moment"])
    left = list(record["groups"])
    for group in frame.groups:
        wanted = next(w for w in left if w["group"] == group.factor and w["columns"] == list(group.columns))
        left.remove(wanted)
        assert list(group.levels) == wanted["levels"]
        assert (group.codes + 1) @ np.arange(1, frame.n + 1) == wanted["codes_moment"]
        same(group.Z, group.columns, wanted)
    assert not left
