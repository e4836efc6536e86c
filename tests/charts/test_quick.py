"""Altair comes without the seconds that jsonschema spends on a grammar, and jsonschema behaves as ever."""

import subprocess
import sys

import pytest

pytest.importorskip("rfc3987_syntax", reason="jsonschema checks addresses with it, where it is installed")


def run(script):
    """Run a script in a Python of its own, in which nothing has been imported."""
    subprocess.run([sys.executable, "-c", script], check=True, timeout=120)


def test_charts_compile_no_grammar_and_an_address_that_is_checked_later_is_judged_rightly():
    run("""
import sys
from mlmwidget.charts import PLOTS
assert "altair" in sys.modules and "rfc3987_syntax" not in sys.modules
import jsonschema
right = [jsonschema.FormatChecker().conforms(a, "iri") for a in ("http://a.b/\u00e9", "a b", "a:b", 7)]
assert right == [True, False, True, True], right
assert sys.modules["rfc3987_syntax"].__file__
""")


def test_the_grammar_itself_can_be_imported_before_and_after():
    run("""
import sys
from mlmwidget.charts import PLOTS
from rfc3987_syntax import parse
assert parse("iri", "http://a.b")
""")
    run("""
import rfc3987_syntax
from mlmwidget.charts import PLOTS
import sys
assert sys.modules["rfc3987_syntax"] is rfc3987_syntax and rfc3987_syntax.__file__
""")


def test_whoever_uses_the_grammar_while_jsonschema_is_imported_gets_it_itself():
    run("""
import sys
from mlmwidget.charts.quick import GRAMMAR, _Later
sys.modules[GRAMMAR] = _Later(GRAMMAR)
from rfc3987_syntax import parse
assert parse("iri", "http://a.b")
assert sys.modules[GRAMMAR].__file__
""")
