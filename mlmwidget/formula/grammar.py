"""Tokens to syntax tree: R's operator precedence, by precedence climbing."""

from __future__ import annotations

from mlmwidget.formula.errors import FormulaError
from mlmwidget.formula.scan import Token, scan
from mlmwidget.formula.syntax import Argument, Call, Constant, Expression, Name, Number, Operation, String

MAX_CHARACTERS = 20_000
# Trees are walked by recursion in several places, always below Python's own limit of 1000 frames.
MAX_NESTING = 100

# R's gram.y, loosest first. Comparisons do not associate, ^ associates to the right, the rest to the left.
BINARY = {
    "<-": 5,
    "~": 10,
    "|": 20, "||": 20,
    "&": 30, "&&": 30,
    "==": 50, "!=": 50, "<": 50, "<=": 50, ">": 50, ">=": 50,
    "+": 60, "-": 60,
    "*": 70, "/": 70,
    "%in%": 80,
    "%%": 80,
    "%/%": 80,
    ":": 90,
    "^": 110,
}  # fmt: skip
PREFIX = {"~": 10, "!": 40, "+": 100, "-": 100}
_COMPARISON = 50
_RIGHT = {"^", "<-"}

COMPARISONS = frozenset(op for op, power in BINARY.items() if power == _COMPARISON)
#: The dot that stands for all other columns is an operation without operands; a column named "." is a Name.
DOT = "."

CONSTANTS = {"TRUE": True, "FALSE": False, "NULL": None}
KEYWORDS = frozenset(["if", "else", "repeat", "while", "function", "for", "next", "break", "in"])
MISSING = frozenset(["NA", "NaN", "NA_integer_", "NA_real_", "NA_character_", "NA_complex_"])
RESERVED = KEYWORDS | MISSING | set(CONSTANTS) | {"Inf"}

_REFUSED = {
    "$": "Columns are named without $: write Days, not data$Days.",
    "@": "The operator @ cannot be used in a formula; name the column alone.",
    "[": "Square brackets cannot be used in a formula; make the subset in the data, then name the column.",
    "[[": "Square brackets cannot be used in a formula; name the column alone.",
    "]": "There is a ] without [; square brackets cannot be used in a formula.",
    "{": "Braces cannot be used in a formula.",
    "}": "Braces cannot be used in a formula.",
    ";": "A formula is one line: remove the semicolon and what does not belong to the formula.",
    "?": "The character ? cannot be used in a formula.",
    "\\": "Functions cannot be defined in a formula.",
    "|>": "The pipe |> cannot be used in a formula.",
    "->": "Nothing can be assigned in a formula.",
    "->>": "Nothing can be assigned in a formula.",
    "<<-": "Nothing can be assigned in a formula.",
    ":=": "Nothing can be assigned in a formula.",
    ":::": "Write the function's name alone, without the package before it.",
}


def parse_text(text: str) -> Grammar:
    """Parse a formula text.

    Parameters
    ----------
    text
        The text, of at most 20 000 characters.

    Returns
    -------
    Grammar
        Holds the trees in ``arguments``: one, or several when a call's arguments were pasted along
        (``y ~ x, REML = FALSE``).

    Raises
    ------
    FormulaError
        With the place of the first mistake.
    """
    if not isinstance(text, str):
        raise FormulaError("A formula is given as text, like 'y ~ x + (1 | g)'.", code="not-text")
    if len(text) > MAX_CHARACTERS:
        raise FormulaError(
            f"The formula has {len(text)} characters; at most {MAX_CHARACTERS} are read.", code="too-long"
        )
    return Grammar(text)


class Grammar:
    """One pass over the tokens of a text.

    Parameters
    ----------
    text
        The formula text.

    Attributes
    ----------
    arguments : list of Argument
        What was read.
    enclosed : set of int
        Positions of the operators that stand alone in their own parentheses, such as the bar of
        ``(1 | g)``; the tree itself has no nodes for parentheses.
    """

    def __init__(self, text: str):
        self.text = text
        self.tokens = scan(text)
        self.index = 0
        self.depth = 0
        self.enclosed: set[int] = set()
        if self.tokens[0].kind == "end":
            raise FormulaError(
                "The formula is empty: write for example y ~ x + (1 | g).", 0, text, code="empty"
            )
        self.arguments = self._arguments(closing=None)

    @property
    def token(self) -> Token:
        """The next token."""
        return self.tokens[self.index]

    def _fail(self, message: str, position: int | None = None, code: str = "syntax") -> FormulaError:
        return FormulaError(message, self.token.position if position is None else position, self.text, code)

    def _next(self) -> Token:
        token = self.tokens[self.index]
        if token.kind not in ("end", "error"):
            self.index += 1
        return token

    def _is(self, operator: str) -> bool:
        return self.token.kind == "operator" and self.token.text == operator

    def _arguments(self, closing: str | None) -> list[Argument]:
        """Arguments up to the closing parenthesis, or up to the end of the text."""
        arguments: list[Argument] = []
        if closing and self._is(closing):
            return arguments
        while True:
            name = None
            following = self.tokens[min(self.index + 1, len(self.tokens) - 1)]
            if self.token.kind in ("name", "string") and following[:2] == ("operator", "="):
                name = self._next().text
                self._next()
            value = self._expression(0)
            arguments.append(Argument(value, name))
            if not self._is(","):
                break
            self._next()
        if closing is None and self.token.kind != "end":
            raise self._misplaced()
        return arguments

    def _expression(self, power: int) -> Expression:
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise self._fail(
                f"The formula is nested more than {MAX_NESTING} levels deep; write it more simply.",
                code="too-deep",
            )
        left = self._prefix()
        while self.token.kind == "operator":
            operator, position = self.token.text, self.token.position
            binding = BINARY.get(operator, -1)
            if binding < power:
                break
            self._next()
            right = self._expression(binding if operator in _RIGHT else binding + 1)
            left = Operation(operator, (left, right), position)
            if binding == _COMPARISON and self.token.kind == "operator" and self.token.text in COMPARISONS:
                raise self._fail("Comparisons cannot be chained: write a < b & b < c instead of a < b < c.")
        self.depth -= 1
        return left

    def _prefix(self) -> Expression:
        token = self._next()
        if token.kind == "number":
            return Number(_number(token.text), token.position)
        if token.kind == "string":
            return String(token.text, token.position)
        if token.kind == "name":
            return self._name(token)
        if token.kind == "operator" and token.text in PREFIX:
            return Operation(token.text, (self._expression(PREFIX[token.text] + 1),), token.position)
        if token.kind == "operator" and token.text == "(":
            inner = self._expression(0)
            if not self._is(")"):
                raise self._unclosed(token)
            self._next()
            if isinstance(inner, Operation):
                self.enclosed.add(inner.position)
            return inner
        raise self._missing(token)

    def _name(self, token: Token) -> Expression:
        name = token.text
        if name in KEYWORDS and not token.quoted:
            raise self._fail(
                f"‘{name}’ is a word of R's language and cannot be used here; put a column of that name "
                f"in back-quotes: `{name}`.",
                token.position,
            )
        if self._is("::") and not token.quoted:
            self._next()
            token = self._next()
            name = token.text
            if token.kind != "name" or not self._is("("):
                raise self._fail("After :: a function and its parentheses are expected.", token.position)
        if self._is("("):
            opening = self._next()
            arguments = self._arguments(closing=")")
            if not self._is(")"):
                raise self._unclosed(opening)
            self._next()
            return Call(name, tuple(arguments), token.position)
        if token.quoted:
            return Name(name, token.position)
        if name == ".":
            return Operation(DOT, (), token.position)
        if name in CONSTANTS:
            return Constant(CONSTANTS[name], token.position)
        if name == "Inf":
            return Number(float("inf"), token.position)
        if name in MISSING:
            raise self._fail(f"The missing value {name} cannot be used in a formula.", token.position)
        return Name(name, token.position)

    def _unclosed(self, opening: Token) -> FormulaError:
        if self.token.kind == "end":
            message = f"The parenthesis opened at character {opening.position + 1} is never closed: add )."
            return self._fail(message, opening.position, code="parenthesis")
        return self._misplaced()

    def _misplaced(self) -> FormulaError:
        """Sentence about a token that cannot follow what stands before it."""
        token = self.token
        if token.kind == "error":
            return self._fail(token.text, code="character")
        if token.kind == "operator":
            if token.text in _REFUSED:
                return self._fail(_REFUSED[token.text], code="refused")
            if token.text == ")":
                return self._fail(
                    "There is a closing parenthesis ) without an opening one.", code="parenthesis"
                )
            if token.text in ("=", "=="):
                return self._fail("A formula has ~ between its sides; write ~ instead of =.", code="tilde")
            if token.text.startswith("%"):
                return self._fail(f"The operator {token.text} is not one of a formula's; %in% is.")
            if token.text == ",":
                return self._fail("A comma cannot stand here; terms are joined by +.")
            if token.text != "(":
                return self._fail(f"‘{token.text}’ cannot stand here.")
        before = self.tokens[self.index - 1]
        return self._fail(
            f"Something is missing between ‘{_shown(before)}’ and ‘{_shown(token)}’: terms are joined by +, "
            "and a column's name with spaces or signs is put in back-quotes, like `my column`.",
            code="missing-operator",
        )

    def _missing(self, token: Token) -> FormulaError:
        """Sentence about a place where a name, a number or a parenthesis should stand."""
        before = self.tokens[self.index - 1 if token.kind in ("end", "error") else self.index - 2]
        first = token is self.tokens[0]
        if token.kind == "error":
            return self._fail(token.text, token.position, code="character")
        if token.kind == "operator" and token.text in _REFUSED:
            return self._fail(_REFUSED[token.text], token.position, code="refused")
        if before.text in ("|", "||") and before.kind == "operator" and not first:
            if token.text in ("|", "||"):
                message = "There are too many bars: write | for correlated or || for uncorrelated effects."
            else:
                message = (
                    f"After {before.text} a grouping factor is missing, as in (1 {before.text} Subject)."
                )
            return self._fail(message, token.position, code="empty-group")
        if token.text in ("|", "||"):
            message = (
                f"Before {token.text} nothing says what varies: write (1 {token.text} g) for the intercept."
            )
            return self._fail(message, token.position, code="empty-bar")
        if token.kind == "end":
            return self._fail(f"The formula ends after ‘{_shown(before)}’; something is missing there.")
        if token.text == ")" and before.text == "(" and not first:
            return self._fail(
                "There is nothing between the parentheses ().", token.position, code="parenthesis"
            )
        if token.text == ")" and first:
            return self._fail("The formula starts with a closing parenthesis.", 0, code="parenthesis")
        after = "at the start of the formula" if first else f"after ‘{_shown(before)}’"
        return self._fail(f"‘{token.text}’ cannot stand {after}; a term is missing there.", token.position)


def _number(text: str) -> float:
    text = text.removesuffix("L")
    return float(int(text, 16)) if text[:2].lower() == "0x" else float(text)


def _shown(token: Token) -> str:
    """Return a token as a short text for a sentence."""
    text = token.text if len(token.text) <= 40 else token.text[:40] + "…"
    if token.kind == "string":
        return f'"{text}"'
    return f"`{text}`" if token.quoted else text
