"""Assigns every coefficient and every subscript of a model, once for all styles."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd

from mlmwidget.data.frame import ModelFrame
from mlmwidget.data.groups import constant_within
from mlmwidget.formula.centring import centring
from mlmwidget.formula.spec import ModelSpec, Term, coefficient_part
from mlmwidget.notation.columns import Column, Part, guessed_columns, label_of, merged, term_columns
from mlmwidget.notation.escape import text_latex
from mlmwidget.notation.expressions import category_latex, column_names, expression_latex
from mlmwidget.notation.structure import (
    Coefficient,
    Effect,
    Factor,
    Group,
    Predictor,
    Slot,
    Structure,
    absent_part,
    intercept_part,
)

# Categories and basis functions are written one by one up to this many columns, indexed beyond.
MOST_COLUMNS = 4
_LETTERS = "jklmnopqrstuvw"


def structure(spec: ModelSpec, frame: ModelFrame | None = None, absent: Collection[str] = ()) -> Structure:
    """Assign coefficients and indices to a model.

    Parameters
    ----------
    spec
        The model.
    frame
        Its frame; without one every predictor is taken as a number that varies between the units.
    absent
        Ids of varying effects that the model does not have and that are written all the same
        (:func:`.structure.intercept_part`, :func:`.structure.absent_part`).

    Returns
    -------
    Structure
    """
    return _Builder(spec, frame).build(absent)


class _Builder:
    """Collects the slots of one model, term by term in the order of the formula."""

    def __init__(self, spec: ModelSpec, frame: ModelFrame | None):
        self.spec, self.frame = spec, frame
        labels = list(dict.fromkeys(g.label for g in spec.groups))
        self.factors = tuple(
            Factor(label, _letter(i), _factor_latex(spec, label)) for i, label in enumerate(labels)
        )
        self.by_label = {f.label: f for f in self.factors}
        self.numbers = {t.label: k for k, t in enumerate(spec.terms)}
        self.groups = self._groups()
        self.sloped = {t.label for g in spec.groups for t in g.terms if len(t.variables) == 1}
        self.slots: dict[tuple[tuple[str, str], ...], Slot] = {}
        self.columns: dict[str, Column] = {}
        self.terms: dict[Term, tuple[Column, ...]] = {}
        self.letters: dict[str, str | None] = {}
        self.ordered = self._ordered()

    def build(self, absent: Collection[str]) -> Structure:
        varying = {t for g in self.spec.groups for t in g.terms}
        if self.spec.intercept or any(g.intercept for g in self.spec.groups):
            alpha = self._slot((), "intercept")
            if self.spec.intercept:
                alpha.coefficients.append(Coefficient(0, (), "intercept", ("(Intercept)",)))
        for k, term in enumerate(self.spec.terms):
            self._term(term, k, term in varying)
        for term in dict.fromkeys(t for g in self.spec.groups for t in g.terms if t not in self.spec.terms):
            self._term(term, None, True)
        for group, design in zip(self.groups, self.spec.groups, strict=True):
            self._effects(group, design.intercept, design.terms)
            self._absent(group, absent)
        _superscripts(self.groups, len(self.factors))
        slots = sorted(self.slots.values(), key=lambda s: s.number)
        if slots and slots[0].number == 0 and not (slots[0].coefficients or slots[0].effects):
            slots = slots[1:]
        return Structure(
            self.spec, self.frame, self.factors, tuple(slots), self.groups, self.columns, self.terms
        )

    def _groups(self) -> tuple[Group, ...]:
        groups = []
        for g, term in enumerate(self.spec.groups):
            design = self.frame.groups[g] if self.frame else None
            groups.append(
                Group(
                    g,
                    self.by_label[term.label],
                    self.spec.group_names[g],
                    design.correlated if design else term.correlated,
                    len(design.levels) if design else None,
                )
            )
        return tuple(groups)

    def _ordered(self) -> frozenset[str]:
        if self.frame is None:
            return frozenset()
        ordered = {c for c, dtype in self.frame.rows.dtypes.items() if getattr(dtype, "ordered", False)}
        return frozenset(
            label_of(v)
            for t in [*self.spec.terms, *(t for g in self.spec.groups for t in g.terms)]
            for v in t.variables
            if ordered and column_names(v) & ordered
        )

    def _term(self, term: Term, k: int | None, varies: bool) -> None:
        """Place the columns of one term: as slopes of level 1, or in the equation they belong to."""
        fixed = self._population_columns(term, k)
        columns = merged([fixed, *self._varying_columns(term)])
        self.columns |= {c.name: c for c in columns}
        self.terms[term] = tuple(columns)
        part = f"term-{k}" if k is not None else self._effect_part(term)
        if len(columns) > MOST_COLUMNS or any(
            p.kind == "category" and not p.value for c in columns for p in c.parts
        ):
            self._indexed(columns, fixed, part, varies)
            return
        for column in columns:
            above = () if varies else tuple(p for p in column.parts if self._explains(p))
            below = tuple(p for p in column.parts if p not in above)
            slot = self._slot(below, part)
            if column in fixed:
                number = _next(slot) if above else 0
                slot.coefficients.append(
                    Coefficient(number, self._predictors(above, part), part, (column.name,))
                )

    def _indexed(self, columns: Sequence[Column], fixed: Sequence[Column], part: str, varies: bool) -> None:
        """Place a term of many columns as one coefficient that is chosen by category or summed over."""
        parts, names = columns[0].parts, tuple(c.name for c in fixed)
        chosen = tuple(p for p in parts if p.kind in ("category", "basis"))
        rest = tuple(p for p in parts if p not in chosen)
        basis = any(p.kind == "basis" for p in chosen)
        if not varies and not basis and all(self._explains(p) for p in chosen):
            above = tuple(p for p in rest if self._explains(p))
            slot = self._slot(tuple(p for p in rest if p not in above), part)
            slot.coefficients.append(
                Coefficient(
                    _next(slot), self._predictors(above, part), part, names, self._categories(chosen, part)
                )
            )
            return
        slot = self._slot(tuple(Part(p.expression, p.kind) for p in parts), part)
        slot.predictors = self._predictors(rest, part)
        if basis:
            slot.predictors = (*(self._running(p, part) for p in chosen), *slot.predictors)
            slot.sum = rf"\sum_{{c=1}}^{{{len(columns)}}} "
            slot.values = rf"c = 1, \dots, {len(columns)}"
        else:
            slot.choice = self._categories(chosen, part)
            first, last = _levels_latex(columns[0]), _levels_latex(columns[-1])
            slot.values = rf"c = {first}, \dots, {last}" if len(columns) > 1 else ""
        if fixed:
            slot.coefficients.append(Coefficient(0, (), part, names))

    def _running(self, p: Part, part: str) -> Predictor:
        """Write a basis function or an indicator whose number c a sum runs over."""
        latex = (
            Part(p.expression, "basis", "c").latex()
            if p.kind == "basis"
            else f"[{category_latex(p.expression)} = c]"
        )
        return Predictor(latex, self._letter(p), part)

    def _categories(self, parts: Sequence[Part], part: str) -> tuple[Predictor, ...]:
        return tuple(Predictor(category_latex(p.expression), self._letter(p), part) for p in parts)

    def _predictors(self, parts: Sequence[Part], part: str) -> tuple[Predictor, ...]:
        return tuple(self._predictor(p, part) for p in parts)

    def _predictor(self, p: Part, part: str) -> Predictor:
        r"""Write a variable; a centred one as ``x - \overline{x}``, a group mean as ``\overline{x}``."""
        found = centring(p.expression)
        group = self.by_label.get(found.factor) if found.groups else None
        # A mean over groups that the model does not have has no letter, so it stands as in the formula.
        if p.kind != "number" or found.kind == "none" or (found.groups and group is None):
            return Predictor(p.latex(), self._letter(p), part)
        base = expression_latex(found.base)
        mean, letter = rf"\overline{{{base}}}", group.letter if group else None
        if found.kind == "mean":
            return Predictor(mean, letter, part)
        return Predictor(base, self._letter(p), part, (mean, letter))

    def _slot(self, parts: Sequence[Part], part: str) -> Slot:
        """Return the level-1 coefficient of a product of variables, made where there is none yet."""
        key = tuple(sorted(p.key for p in parts))
        if key not in self.slots:
            number = len(self.slots) + (() not in self.slots) if parts else 0
            self.slots[key] = Slot(number, self._predictors(parts, part), part=part)
        return self.slots[key]

    def _effects(self, group: Group, intercept: bool, terms: Sequence[Term]) -> None:
        if intercept:
            self._effect(group, self.slots[()], f"group-{group.index}-intercept", ("(Intercept)",))
        for k, term in enumerate(terms):
            part = f"group-{group.index}-term-{k}"
            for column in self._group_columns(group.index, k, term):
                slot = self.slots.get(tuple(sorted(p.key for p in column.parts)))
                if slot is not None:
                    self._effect(group, slot, part, (column.name,))
                    continue
                slot = self.slots[tuple(sorted((label_of(p.expression), "") for p in column.parts))]
                last = group.effects[-1] if group.effects else None
                if last is not None and last.slot is slot and last.part == part:
                    last.columns = (*last.columns, column.name)
                else:
                    self._effect(group, slot, part, (column.name,))

    def _absent(self, group: Group, absent: Collection[str]) -> None:
        """Note what could vary in an equation of level 2 that stands there anyway."""
        offered = {coefficient_part(k): absent_part(group.index, k) for k in range(len(self.spec.terms))}
        offered[coefficient_part(-1)] = intercept_part(group.index)
        for slot in self.slots.values():
            part = offered.get(slot.part)
            if part is not None and part in absent:
                slot.absent.append(Effect(group, slot, part, ()))

    def _effect(self, group: Group, slot: Slot, part: str, columns: tuple[str, ...]) -> None:
        effect = Effect(group, slot, part, columns)
        group.effects.append(effect)
        slot.effects.append(effect)
        if not slot.coefficients:
            slot.part = slot.effects[0].part

    def _population_columns(self, term: Term, k: int | None) -> list[Column]:
        if k is None:
            return []
        if self.frame is None:
            return list(guessed_columns(term))
        return list(term_columns(term, self.frame.names_of(k), self.ordered))

    def _group_columns(self, g: int, k: int, term: Term) -> tuple[Column, ...]:
        if self.frame is None:
            return guessed_columns(term)
        design = self.frame.groups[g]
        names = tuple(n for n, t in zip(design.columns, design.column_terms, strict=True) if t == k)
        return term_columns(term, names, self.ordered)

    def _varying_columns(self, term: Term) -> list[tuple[Column, ...]]:
        return [
            self._group_columns(g, k, term)
            for g, group in enumerate(self.spec.groups)
            for k, other in enumerate(group.terms)
            if other == term
        ]

    def _effect_part(self, term: Term) -> str:
        return next(
            f"group-{g}-term-{group.terms.index(term)}"
            for g, group in enumerate(self.spec.groups)
            if term in group.terms
        )

    def _explains(self, part: Part) -> bool:
        """Whether a variable explains the groups' coefficients: constant in groups, its slope not varying."""
        return label_of(part.expression) not in self.sloped and self._letter(part) is not None

    def _letter(self, part: Part) -> str | None:
        """Letter of the coarsest grouping that a variable is constant in; None if it varies in all."""
        found = centring(part.expression)
        if found.kind == "mean" and found.factor in self.by_label:
            return self.by_label[found.factor].letter
        if self.frame is None:
            return None
        label = label_of(part.expression)
        if label not in self.letters:
            self.letters[label] = self._coarsest(self.frame, label, part)
        return self.letters[label]

    def _coarsest(self, frame: ModelFrame, label: str, part: Part) -> str | None:
        constant = self._known_levels(label)
        if constant is None:
            constant = self._looked_up_levels(part)
        designs = [frame.groups[g] for g in constant]
        # A factor with a level for every row says nothing: everything is constant within single rows.
        designs = [d for d in designs if len(d.levels) < frame.n]
        if not designs:
            return None
        coarsest = min(designs, key=lambda d: len(d.levels))
        return self.by_label[coarsest.factor].letter

    def _known_levels(self, label: str) -> set[int] | None:
        """Find the frame's levels of a variable that has a term of its own."""
        assert self.frame is not None
        k = self.numbers.get(label)
        columns = () if k is None else self.frame.columns_of.get(k, ())
        return set.intersection(*(set(self.frame.X_levels[c]) for c in columns)) if columns else None

    def _looked_up_levels(self, part: Part) -> set[int]:
        """Levels of a variable that stands only in products: looked up in the columns it reads."""
        assert self.frame is not None
        names = [c for c in column_names(part.expression) if c in self.frame.rows]
        if not names:
            return set()
        codes = np.column_stack([pd.factorize(self.frame.rows[c])[0] for c in names])
        return {
            g
            for g, design in enumerate(self.frame.groups)
            if constant_within(codes, design.codes, len(design.levels)).all()
        }


def _next(slot: Slot) -> int:
    """Find the number of the next coefficient with group-level predictors; 0 is the slot's own."""
    return max((c.number for c in slot.coefficients), default=0) + 1


def _levels_latex(column: Column) -> str:
    r"""Write the levels that a column stands for, for example ``\mathrm{B}``."""
    return r"{:}".join(text_latex(p.value) for p in column.parts if p.kind == "category")


def _letter(i: int) -> str:
    return _LETTERS[i] if i < len(_LETTERS) else f"j_{{{i}}}"


def _factor_latex(spec: ModelSpec, label: str) -> str:
    term = next(g for g in spec.groups if g.label == label)
    return r"{:}".join(expression_latex(v) for v in term.factor)


def _superscripts(groups: Sequence[Group], factors: int) -> None:
    """Name the factor where there are several, and number the terms of one factor where they collide."""
    for group in groups:
        same = [g for g in groups if g.factor == group.factor]
        slots = [e.slot.number for g in same for e in g.effects]
        collide = len(set(slots)) < len(slots) or sum(len(g.effects) > 1 for g in same) > 1
        pieces = [group.factor.latex] if factors > 1 else []
        if collide and len(same) > 1:
            pieces.append(str(1 + same.index(group)))
        group.superscript = ",".join(pieces)
