"""The tests of the interface run on what Python really sends."""

import pytest
from widget.protocol import mismatches
from widget.record import FOLDER, recorded, text_of

RENEW = "Python sends something else now: run `python tests/widget/record.py`, then `make test-js`."
INTERFACES = {"report": "Report", "idle": "Status", "sampling": "Status", "themes": "Themes"}


@pytest.fixture(scope="module")
def sent():
    return recorded()


def test_the_recorded_files_are_what_python_sends(sent):
    found = {path.stem: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.json")}
    assert found.keys() == sent.keys(), RENEW
    for name, value in sent.items():
        assert found[name] == text_of(value), f"{name}.json: {RENEW}"


def test_they_keep_to_the_protocol(sent):
    assert {name: mismatches(value, INTERFACES.get(name, "View")) for name, value in sent.items()} == {
        name: [] for name in sent
    }
