"""Names become text, whatever is in them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlmwidget.notation.escape import name_latex, text_latex

# What the escaping itself may write: a fixed list of commands, each of them harmless.
ALLOWED = re.compile(
    r"\\(?:mathrm|text|vphantom|dots|backslash|wedge|sim|circ|mu|[a-zA-Z]*(?:alpha|beta|amma|elta|epsilon|eta|theta|iota|kappa"
    r"|ambda|nu|xi|pi|rho|igma|tau|psilon|phi|chi|psi|mega|Theta|Xi|Pi|Phi|Psi)|[_#%&${} ])"
)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("x", "x"),
        ("Days", r"\mathrm{Days}"),
        ("log_radon", r"\mathrm{log\_radon}"),
        ("day#", r"\mathrm{day\#}"),
        ("subject.id", r"\mathrm{subject.id}"),
        ("reaction time", r"\text{reaction time}"),
        ("a_b c", r"{\text{a}\_\text{b c}}"),
        ("50%", r"\mathrm{50\%}"),
        ("β", r"{\beta{}}"),
        ("😀", r"{\vphantom{M}\text{😀}}"),
        ("👩\u200d🏫 (1)", "{\\vphantom{M}\\text{👩\u200d🏫}\\text{ (1)}}"),
        ("שלום עולם", r"{\vphantom{M}\text{שלום עולם}}"),
        ("مجموعة_12", r"{\vphantom{M}\text{مجموعة}\_\text{12}}"),
        ("a\u202eb", r"{\text{a}\text{U+202E}\text{b}}"),
        ("x" * 40 + "1" * 160, r"{\text{" + "x" * 32 + r"}\dots{}\text{" + "1" * 12 + "}}"),
        ("x" * 48, r"\mathrm{" + "x" * 48 + "}"),
        ("\u200d", r"\text{U+200D}"),
        ("p", r"\mathrm{p}"),
    ],
)
def test_names_are_written_as_expected(name, expected):
    assert name_latex(name) == expected


@given(st.text(min_size=1, max_size=40))
def test_no_command_of_a_name_survives(name):
    rest = ALLOWED.sub("", text_latex(name))
    assert "\\" not in rest
    assert not set(rest) & set("$#%&~^_") - set("^") or "{}^{" in text_latex(name)


@given(st.text(max_size=40))
def test_braces_are_balanced(text):
    written = re.sub(r"\\[{}]", "", text_latex(text))
    depth = 0
    for character in written:
        depth += (character == "{") - (character == "}")
        assert depth >= 0
    assert depth == 0
