"""A bare `pytest` runs what is quick; `make test` names the markers and so runs everything."""

import os

import pytest

# Test processes share the processors: threads of their matrices that wait for one another are slower.
for threads in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(threads, "1")

LEFT_OUT = {"browser", "notebook", "slow"}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without -m, leave out the tests that need a browser, a kernel or minutes."""
    if config.option.markexpr:
        return
    left_out = [item for item in items if LEFT_OUT & {mark.name for mark in item.iter_markers()}]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
