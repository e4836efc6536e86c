"""Clicks as pure functions: one edit makes one spec of another.

Nothing here knows of data. An edit never drops anything silently: what it has to leave out is named in
the ``notes`` of the spec that it returns.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from mlmwidget.formula.centring import Centred, Kind, centring, contextual, spoken_term, with_variable
from mlmwidget.formula.check import column_names
from mlmwidget.formula.errors import FormulaError
from mlmwidget.formula.families import resolve_family
from mlmwidget.formula.parse import parse, parse_factor, parse_term
from mlmwidget.formula.spec import GroupTerm, ModelSpec, Term
from mlmwidget.formula.syntax import Expression, Name
from mlmwidget.formula.text import expression_text, in_words
from mlmwidget.notation.phrases import conjoined
from mlmwidget.problems import Problem


@dataclass(frozen=True, slots=True)
class Preset:
    """One of the five models of the cheatsheet: what it holds besides the response."""

    label: str
    predictor: bool
    intercept: bool
    slope: bool
    correlated: bool = True


#: What stands before the grouping factor in a request to centre within groups → whether with the group mean.
WITHIN = {"within:": False, "within-and-mean:": True}

PRESETS = {
    "varying-intercept": Preset("Varying intercept", False, True, False),
    "varying-intercept-predictor": Preset("Varying intercept, with a predictor", True, True, False),
    "varying-slope": Preset("Varying slope", True, False, True),
    "correlated": Preset("Varying intercept and slope, correlated", True, True, True),
    "uncorrelated": Preset("Varying intercept and slope, uncorrelated", True, True, True, correlated=False),
}


def apply_edit(spec: ModelSpec, request: Mapping[str, Any], columns: Collection[str]) -> ModelSpec:
    """Return the spec that a click asks for.

    Parameters
    ----------
    spec
        The model on screen.
    request
        ``{"edit": name, ...}`` with the fields that ``js/src/protocol.ts`` lists for that name. It comes
        from a browser: every field is checked.
    columns
        Names of the data's columns; a value that is one of them means that column, whatever it holds.

    Raises
    ------
    FormulaError
        If there is no such edit, a field is missing, or the edit cannot be made on this model.
    """
    name = request.get("edit")
    edit = EDITS.get(name) if isinstance(name, str) else None
    if edit is None:
        raise FormulaError(f"There is no edit called {name!r}.", code="unknown-edit")
    new = edit(replace(spec, notes=()), _Fields(request, columns))
    # Reading the text again brings terms and their variables into R's order.
    read = parse(new.formula, family=new.family, link=new.link)
    return replace(read, notes=(*new.notes, *read.notes))


def group_key(spec: ModelSpec, index: int) -> str:
    """Name of a group-level term in requests: its factor, numbered when the factor occurs again.

    A name instead of a position, so that a second click on a card that is gone changes nothing else.
    """
    label = spec.groups[index].label
    before = sum(g.label == label for g in spec.groups[:index])
    return label if before == 0 else f"{label} ({before + 1})"


def without_columns(spec: ModelSpec, names: Collection[str]) -> ModelSpec:
    """Return the spec without the terms, groups and offsets that mention some columns; its response stays."""
    groups: list[GroupTerm] = []
    for group in spec.groups:
        kept = tuple(t for t in group.terms if not _mentions(t.variables, names))
        if not _mentions(group.factor, names) and (group.intercept or kept):
            groups.append(replace(group, terms=kept))
    return replace(
        spec,
        terms=tuple(t for t in spec.terms if not _mentions(t.variables, names)),
        groups=tuple(groups),
        offsets=tuple(o for o in spec.offsets if not _mentions((o,), names)),
        notes=(),
    )


def with_left_out(old: ModelSpec, new: ModelSpec, why: str) -> ModelSpec:
    """Add a note that names what the new spec no longer holds."""
    gone = [label for label in _contents(old) if label not in _contents(new)]
    if not gone:
        return new
    left_out = conjoined(gone)
    message = f"Left out: {left_out}, {why}."
    return replace(new, notes=(*new.notes, Problem("note", "left-out", message)))


def preset_spec(
    spec: ModelSpec, name: str, predictor: Term | None, factor: tuple[Expression, ...]
) -> ModelSpec:
    """One of the five models of the cheatsheet, with this response, family and offsets.

    Raises
    ------
    FormulaError
        If there is no such preset, or it needs a predictor and there is none.
    """
    preset = PRESETS.get(name)
    if preset is None:
        raise FormulaError(f"There is no preset called {name!r}.", code="unknown-edit")
    if preset.predictor and predictor is None:
        raise FormulaError("This model needs a predictor: add one first.", code="no-predictor")
    terms = (predictor,) if preset.predictor and predictor is not None else ()
    group = GroupTerm(factor, preset.intercept, terms if preset.slope else (), preset.correlated)
    return replace(spec, intercept=True, terms=terms, groups=(group,), notes=())


class _Fields:
    """The fields of a request, read one by one and checked."""

    def __init__(self, request: Mapping[str, Any], columns: Collection[str]):
        self._request = request
        self._columns = columns

    def text(self, name: str) -> str:
        value = self._request.get(name)
        if not isinstance(value, str) or not value:
            raise FormulaError(f"The request needs a text called {name!r}.", code="bad-request")
        return value

    def flag(self, name: str) -> bool:
        value = self._request.get(name)
        if not isinstance(value, bool):
            raise FormulaError(f"The request needs {name!r} to be true or false.", code="bad-request")
        return value

    def has(self, name: str) -> bool:
        return self._request.get(name) is not None

    def term(self, name: str) -> Term:
        value = self.text(name)
        return Term((Name(value),)) if value in self._columns else parse_term(value)

    def factor(self, name: str) -> tuple[Expression, ...]:
        return self.read_factor(self.text(name))

    def read_factor(self, value: str) -> tuple[Expression, ...]:
        return (Name(value),) if value in self._columns else parse_factor(value)

    def group(self, spec: ModelSpec) -> int:
        wanted = self.text("group")
        for index in range(len(spec.groups)):
            if group_key(spec, index) == wanted:
                return index
        raise FormulaError(f"The model has no group-level term for {wanted!r}.", code="no-such-group")


def _set_response(spec: ModelSpec, fields: _Fields) -> ModelSpec:
    term = fields.term("value")
    if len(term.variables) != 1:
        raise FormulaError(
            f"{in_words(term.label)} cannot be an outcome: choose one column.", code="bad-response"
        )
    response = term.variables[0]
    new = replace(without_columns(spec, set(column_names(response))), response=response)
    return with_left_out(
        spec, new, f"because {in_words(expression_text(response))} is now the outcome; undo brings it back"
    )


def _set_family(spec: ModelSpec, fields: _Fields) -> ModelSpec:
    family, link = resolve_family(fields.text("value"))
    return replace(spec, family=family, link=link)


def _set_intercept(spec: ModelSpec, fields: _Fields) -> ModelSpec:
    return replace(spec, intercept=fields.flag("on"))


def _add_term(spec: ModelSpec, fields: _Fields) -> ModelSpec:
    term = fields.term("value")
    if _mentions(term.variables, set(column_names(spec.response))):
        outcome = expression_text(spec.response)
        raise FormulaError(
            f"{in_words(term.label)} cannot predict {outcome}, the outcome.", code="response-as-predictor"
        )
    if _same_term(spec.terms, term) is not None:
        raise FormulaError(f"{in_words(term.label)} is already in the model.", code="duplicate-term")
    return replace(spec, terms=(*spec.terms, term))


def needed_by(terms: Iterable[Term], term: Term) -> str | None:
    """Say which of the terms are interactions that rest on a term; None when it can go (marginality)."""
    products = [spoken_term(t) for t in terms if set(term.variables) < set(t.variables)]
    if not products:
        return None
    rest = "rests" if len(products) == 1 else "rest"
    which = "it" if len(products) == 1 else "them"
    return f"{' and '.join(products)} {rest} on {spoken_term(term)}: remove {which} first."


def _remove_term(spec: ModelSpec, fields: _Fields) -> ModelSpec:
    index = _term_index(spec.terms, fields.text("term"))
    needed = needed_by(spec.terms, spec.terms[index])
    if needed is not None:
        raise FormulaError(needed, code="marginality")
    return replace(spec, terms=spec.terms[:index] + spec.terms[index + 1 :])


def _set_centring(spec: ModelSpec, fields: _Fields) -> ModelSpec:
    """Centre a predictor; every term and slope that has it follows, and its group mean comes or goes."""
    term = spec.terms[_term_index(spec.terms, fields.text("term"))]
    if len(term.variables) != 1:
        raise FormulaError(
            f"{in_words(term.label)} is an interaction: centre its predictors.", code="bad-request"
        )
    (old,) = term.variables
    found = centring(old)
    if found.kind == "mean":
        raise FormulaError(f"{in_words(term.label)} is a group mean already.", code="bad-request")
    kind, mean, factor = _wanted_centring(fields)
    wanted = Centred(found.base, kind, factor)
    # A mean that is written otherwise, as in scale(x, scale = FALSE), is no other centring.
    new = old if wanted == found else wanted.expression(fields.has("skip_missing"))
    if new != old and _same_term(spec.terms, Term((new,))) is not None:
        raise FormulaError(
            f"{in_words(expression_text(new))} is already in the model.", code="duplicate-term"
        )
    before = contextual(spec, found)
    centred = with_variable(spec, old, new)
    if before is not None and (wanted != found or not mean):
        centred = _without_mean(centred, before, in_words(expression_text(found.base)))
    return _with_mean(centred, Term((new,)), replace(wanted, kind="mean")) if mean else centred


def _wanted_centring(fields: _Fields) -> tuple[Kind, bool, tuple[Expression, ...]]:
    """Which centring a request asks for, whether with the group mean, and the grouping factor."""
    value = fields.text("value")
    if value in ("none", "grand-mean"):
        return ("none" if value == "none" else "grand-mean"), False, ()
    for prefix, mean in WITHIN.items():
        if value.startswith(prefix):
            return "within", mean, fields.read_factor(value.removeprefix(prefix))
    raise FormulaError(f"There is no centring called {value!r}.", code="bad-request")


def _with_mean(spec: ModelSpec, after: Term, mean: Centred) -> ModelSpec:
    term = Term((mean.expression(),))
    if _same_term(spec.terms, term) is not None:
        return spec
    place = spec.terms.index(after) + 1
    return replace(spec, terms=(*spec.terms[:place], term, *spec.terms[place:]))


def _without_mean(spec: ModelSpec, mean: Term, base: str) -> ModelSpec:
    """Take the group mean out that came with the centring, unless something else rests on it."""
    (variable,) = mean.variables
    elsewhere = (*(t for t in spec.terms if t != mean), *(t for g in spec.groups for t in g.terms))
    users = [in_words(t.label) for t in elsewhere if variable in t.variables]
    if users:
        message = f"{in_words(mean.label)} stays in the model, because {' and '.join(users)} needs it."
        return replace(spec, notes=(*spec.notes, Problem("note", "mean-stays", message)))
    new = replace(spec, terms=tuple(t for t in spec.terms if t != mean))
    return with_left_out(
        spec, new, f"because it belonged to the former centring of {base}; undo brings it back"
    )


def _add_group(spec: ModelSpec, fields: _Fields) -> ModelSpec:
    return replace(spec, groups=(*spec.groups, GroupTerm(_new_factor(spec, fields))))


def _remove_group(spec: ModelSpec, fields: _Fields) -> ModelSpec:
    index = fields.group(spec)
    return replace(spec, groups=spec.groups[:index] + spec.groups[index + 1 :])


def _set_factor(spec: ModelSpec, fields: _Fields) -> ModelSpec:
    index = fields.group(spec)
    factor = fields.factor("value")
    if factor == spec.groups[index].factor:
        return spec
    return _replace_group(spec, index, replace(spec.groups[index], factor=_new_factor(spec, fields)))


def _set_group_intercept(spec: ModelSpec, fields: _Fields) -> ModelSpec:
    index = fields.group(spec)
    return _replace_group(spec, index, replace(spec.groups[index], intercept=fields.flag("on")))


def _set_slope(spec: ModelSpec, fields: _Fields) -> ModelSpec:
    index = fields.group(spec)
    group = spec.groups[index]
    if not fields.flag("on"):
        place = _term_index(group.terms, fields.text("term"))
        return _replace_group(
            spec, index, replace(group, terms=group.terms[:place] + group.terms[place + 1 :])
        )
    label = fields.text("term")
    known = next((t for t in spec.terms if t.label == label), None) or fields.term("term")
    if _same_term(group.terms, known) is not None:
        return spec
    order = {t.label: k for k, t in enumerate(spec.terms)}
    # Slopes stand in the order of the population level, whatever the order of the clicks.
    terms = sorted((*group.terms, known), key=lambda t: (len(t.variables), order.get(t.label, len(order))))
    return _replace_group(spec, index, replace(group, terms=tuple(terms)))


def _set_correlated(spec: ModelSpec, fields: _Fields) -> ModelSpec:
    index = fields.group(spec)
    value = fields.text("value")
    if value not in ("|", "||"):
        raise FormulaError(f"{value!r} is neither | nor ||.", code="bad-request")
    return _replace_group(spec, index, replace(spec.groups[index], correlated=value == "|"))


def _preset(spec: ModelSpec, fields: _Fields) -> ModelSpec:
    predictor = spec.terms[0] if spec.terms else None
    if fields.has("predictor"):
        predictor = fields.term("predictor")
    if fields.has("factor"):
        factor = fields.factor("factor")
    elif spec.groups:
        factor = spec.groups[0].factor
    else:
        raise FormulaError("This model needs a grouping variable: add one first.", code="no-group")
    new = preset_spec(spec, fields.text("name"), predictor, factor)
    return with_left_out(spec, new, "because this model has no place for it; undo brings it back")


#: Name of an edit in a request → what makes the new spec.
EDITS: dict[str, Callable[[ModelSpec, _Fields], ModelSpec]] = {
    "set-response": _set_response,
    "set-family": _set_family,
    "set-intercept": _set_intercept,
    "add-term": _add_term,
    "remove-term": _remove_term,
    "set-centring": _set_centring,
    "add-group": _add_group,
    "remove-group": _remove_group,
    "set-factor": _set_factor,
    "set-group-intercept": _set_group_intercept,
    "set-slope": _set_slope,
    "set-correlated": _set_correlated,
    "preset": _preset,
}


def _mentions(expressions: tuple[Expression, ...], names: Collection[str]) -> bool:
    return any(name in names for e in expressions for name in column_names(e))


def _term_index(terms: tuple[Term, ...], label: str) -> int:
    for index, term in enumerate(terms):
        if term.label == label:
            return index
    raise FormulaError(f"The model has no term {label} there.", code="no-such-term")


def _same_term(terms: tuple[Term, ...], term: Term) -> Term | None:
    """Return the term with the same variables in any order (``a:b`` is ``b:a``), if there is one."""
    labels = {expression_text(v) for v in term.variables}
    return next((t for t in terms if {expression_text(v) for v in t.variables} == labels), None)


def _new_factor(spec: ModelSpec, fields: _Fields) -> tuple[Expression, ...]:
    """Return the factor asked for, refused when the model already has it or it is the outcome."""
    factor = fields.factor("value")
    if _mentions(factor, set(column_names(spec.response))):
        raise FormulaError("The outcome cannot also be a grouping variable.", code="response-as-group")
    label = GroupTerm(factor).label
    if any(g.label == label for g in spec.groups):
        raise FormulaError(f"{label} is already a grouping variable of this model.", code="duplicate-group")
    return factor


def _replace_group(spec: ModelSpec, index: int, group: GroupTerm) -> ModelSpec:
    if not group.intercept and not group.terms:
        raise FormulaError(
            f"Something has to vary between the groups of {in_words(group.label)}; or remove the grouping "
            "variable.",
            code="nothing-varies",
        )
    return replace(spec, groups=(*spec.groups[:index], group, *spec.groups[index + 1 :]))


def _contents(spec: ModelSpec) -> list[str]:
    """Names of the parts that a person would miss."""
    return [
        *(in_words(t.label) for t in spec.terms),
        *(f"offset({in_words(expression_text(o))})" for o in spec.offsets),
        *(f"the grouping by {in_words(g.label)}" for g in spec.groups),
    ]
