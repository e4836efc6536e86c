"""The design matrices are R's: all formulas of formulas.json on their data sets."""

import math

import numpy as np
import pytest
from reference_data import formulas, load

from mlmwidget.data.build import model_frame

RECORDS = formulas()


def frame_of(record):
    return model_frame(record["formula"], load(record["dataset"]), record["family"], record["weights"])


def same(found, wanted):
    np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-9)


def random_terms(record):
    """R's group-level terms; where lme4 splits ``||`` and leaves factors correlated, the diagonal reading."""
    if "double_bar_as_diag" not in record:
        return record["random"]
    return [dict(t, correlated=False) for t in record["double_bar_as_diag"]["unsplit_terms"]]


def in_r_order(groups, wanted):
    """Pair designs with R's terms: lme4 sorts by number of levels, we keep the formula's order."""
    left = list(groups)
    pairs = []
    for term in wanted:
        variables = set(term.get("group_vars") or [term["group"]])
        found = next(
            g for g in left if set(g.factor.split(":")) == variables and list(g.columns) == term["columns"]
        )
        left.remove(found)
        pairs.append((found, term))
    assert not left
    return pairs


def levels_as(found, group):
    """Levels of a design as R writes them for `group`: lme4 1 reads ``a/b`` as ``b:a``, we as ``a:b``."""
    if found.factor == group:
        return list(found.levels)
    return sorted(":".join(reversed(level.split(":"))) for level in found.levels)


@pytest.mark.parametrize("record", RECORDS, ids=lambda r: r["id"])
def test_population_design_is_r_s(record):
    frame = frame_of(record)
    fixed = record["fixed"]
    assert frame.n == record["n_obs"]
    assert list(frame.X_names) == [name.replace("splines::", "") for name in fixed["columns"]]
    assert list(frame.aliased) == fixed["dropped"]
    assert frame.X.shape == (frame.n, fixed["rank"])
    same(frame.X.sum(axis=0), fixed["X_colsum"])
    same((frame.X**2).sum(axis=0), fixed["X_colsumsq"])
    same(frame.offset.sum(), record["offset"]["sum"] if record["offset"] else 0)


@pytest.mark.parametrize("record", RECORDS, ids=lambda r: r["id"])
def test_response_is_r_s(record):
    frame, y = frame_of(record), record["y"]
    if y["kind"] == "matrix":
        assert frame.trials is not None
        same([frame.y.sum(), (frame.trials - frame.y).sum()], y["colsum"])
    elif y["kind"] == "factor":
        assert set(np.unique(frame.y)) == {0, 1}
        assert frame.y.sum() == y["n_success"]
        assert any(p.code == "success-level" and y["levels"][1] in p.message for p in frame.problems)
    else:
        values = frame.y / frame.trials if record["weights"] else frame.y
        same([math.fsum(values), math.fsum(values**2)], [y["sum"], y["sumsq"]])
    if record["weights"]:
        same(frame.trials, load(record["dataset"])[record["weights"]])
        assert (frame.weights == 1).all()


@pytest.mark.parametrize("record", RECORDS, ids=lambda r: r["id"])
def test_group_designs_are_r_s(record):
    frame = frame_of(record)
    for found, term in in_r_order(frame.groups, random_terms(record)):
        assert found.sizes.sum() == frame.n
        assert (found.sizes > 0).all()
        assert found.correlated == (term["correlated"] and len(term["columns"]) > 1)
        if "n_levels" in term:
            levels = levels_as(found, term["group"])
            assert len(levels) == term["n_levels"]
            if found.factor == term["group"]:
                assert levels[: len(term["levels"])] == term["levels"]
            else:
                assert set(term["levels"]) <= set(levels)
            same(found.Z.sum(axis=0), term["Z_colsum"])
            same((found.Z**2).sum(axis=0), term["Z_colsumsq"])
