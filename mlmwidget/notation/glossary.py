"""What each part of a model is, for tooltips, with the names that other books give it."""

from __future__ import annotations

from functools import partial

from mlmwidget.formula.centring import spoken_term
from mlmwidget.formula.families import FAMILIES
from mlmwidget.formula.spec import Term, effect_part
from mlmwidget.formula.text import expression_text, in_words
from mlmwidget.notation.columns import effect_word
from mlmwidget.notation.structure import Structure
from mlmwidget.notation.vocabulary import DEFAULT, Vocabulary


def glossary(model: Structure, vocabulary: Vocabulary = DEFAULT) -> dict[str, str]:
    """Explain every part of a model, synonyms included.

    Parameters
    ----------
    model
        The model's structure.
    vocabulary
        Whose words come first; those of the other are the synonyms.

    Returns
    -------
    dict
        Part id → plain text, never markup.
    """
    spec = model.spec
    response = in_words(expression_text(spec.response))
    named = partial(_named, vocabulary)
    parts = {"response": f"{response}: the outcome (response, dependent variable)."}
    if spec.intercept:
        parts["intercept"] = (
            f"{named('Population-level intercept', 'grand intercept')}: the expected outcome where every "
            "predictor is 0, before any group deviates."
        )
    for k, term in enumerate(spec.terms):
        kind = "interaction" if len(term.variables) > 1 else "effect"
        name = named(f"Population-level {kind}", "average slope", of=f" of {spoken_term(term)}")
        parts[f"term-{k}"] = f"{name}: common to all groups."
    for k, offset in enumerate(spec.offsets):
        parts[f"offset-{k}"] = (
            f"Offset {in_words(expression_text(offset))}: added as it is, its coefficient is fixed at 1."
        )
    for g in range(len(spec.groups)):
        parts |= _group(model, g, vocabulary)
    if spec.family in ("gaussian", "student"):
        parts["sigma"] = (
            "Residual standard deviation σ (within-group standard deviation): how far observations lie from "
            "the line of their own group."
        )
    elif spec.family in ("negbinomial", "gamma", "beta"):
        parts["sigma"] = f"The {FAMILIES[spec.family].label} family's own shape (dispersion) parameter."
    return parts


def part_names(model: Structure) -> dict[str, str]:
    """Name every part in a few words: part id → for example ``"varying intercept of Subject"``."""
    spec = model.spec
    names = {"response": f"outcome {in_words(expression_text(spec.response))}"}
    if spec.intercept:
        names["intercept"] = "population-level intercept"
    for k, term in enumerate(spec.terms):
        kind = "interaction" if len(term.variables) > 1 else "effect"
        names[f"term-{k}"] = f"population-level {kind} of {spoken_term(term)}"
    for k, offset in enumerate(spec.offsets):
        names[f"offset-{k}"] = f"offset {in_words(expression_text(offset))}"
    for g, group in enumerate(spec.groups):
        label = in_words(group.label)
        names[f"group-{g}"] = f"group-level effects of {label}"
        for k in ([-1] if group.intercept else []) + list(range(len(group.terms))):
            what = "intercept" if k < 0 else _effect(model, group.terms[k])
            between = "of" if k < 0 else "by"
            names[effect_part(g, k)] = f"varying {what} {between} {label}"
        names[f"group-{g}-cor"] = f"correlation of the group-level effects of {label}"
    names["sigma"] = "spread of the observations"
    return names


def _named(vocabulary: Vocabulary, name: str, *more: str, of: str = "") -> str:
    """Name a part in one vocabulary; the other one's word for it and more synonyms follow in parentheses."""
    synonym = vocabulary.other.say(name)
    synonyms = ", ".join([synonym[0].lower() + synonym[1:], *more])
    return f"{vocabulary.say(name)}{of} ({synonyms})"


def _effect(model: Structure, term: Term) -> str:
    return f"{effect_word(model.terms[term])} of {spoken_term(term)}"


def _group(model: Structure, g: int, vocabulary: Vocabulary) -> dict[str, str]:
    group, named = model.spec.groups[g], partial(_named, vocabulary)
    label = in_words(group.label)
    of = f" of {label}"
    parts = {f"group-{g}": f"{named('Group-level effects', of=of)}: how each {label} differs."}
    if group.intercept:
        parts[f"group-{g}-intercept"] = (
            f"{named('Varying intercept', of=of)}: how far each {label} lies above or below the population, "
            "and the standard deviation of that."
        )
    for k, term in enumerate(group.terms):
        word = effect_word(model.terms[term])
        parts[f"group-{g}-term-{k}"] = (
            f"{named(f'Varying {word}', of=f' of {spoken_term(term)}')}: how far the {word} of each {label} "
            "lies from the population's, and the standard deviation of that."
        )
    # One term can have several columns, so even (0 + f | g) can have correlations.
    if group.terms:
        said = "estimated (|)" if group.correlated else "held at zero (||)"
        parts[f"group-{g}-cor"] = (
            f"Correlation of the {vocabulary.say('group-level effects')}{of} (their covariance): {said}."
        )
    return parts
