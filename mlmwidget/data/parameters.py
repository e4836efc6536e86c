"""The parameters of a model, by lme4's names (``confint(oldNames = FALSE)``) and by where they stand."""

from __future__ import annotations

from dataclasses import dataclass

from mlmwidget.data.frame import GroupDesign, ModelFrame


@dataclass(frozen=True, slots=True)
class Place:
    """Where a standard deviation or correlation stands: group design and its columns (row ≥ column)."""

    group: int
    row: int
    column: int

    @property
    def kind(self) -> str:
        """``"sd"`` or ``"cor"``."""
        return "sd" if self.row == self.column else "cor"

    def name(self, frame: ModelFrame) -> str:
        """Return lme4's name of it."""
        group, columns = frame.spec.group_names[self.group], frame.groups[self.group].columns
        if self.kind == "sd":
            return sd_name(columns[self.row], group)
        return cor_name(columns[self.column], columns[self.row], group)


def places(groups: tuple[GroupDesign, ...]) -> list[Place]:
    """Every standard deviation and free correlation: for each design first the sds, then the correlations."""
    result = []
    for g, design in enumerate(groups):
        k = len(design.columns)
        result += [Place(g, i, i) for i in range(k)]
        if design.correlated:
            result += [Place(g, i, j) for j in range(k) for i in range(j + 1, k)]
    return result


def parameter_names(frame: ModelFrame) -> list[str]:
    """Names of the coefficients, the standard deviations and the correlations, population level first."""
    return [*frame.X_names, *(place.name(frame) for place in places(frame.groups))]


def sd_name(column: str, group: str) -> str:
    """Name the standard deviation of a varying effect: ``sd_Days|Subject``."""
    return f"sd_{column}|{group}"


def cor_name(first: str, second: str, group: str) -> str:
    """Name the correlation of two varying effects, in the order of their columns.

    lme4 names the lower triangle, so the later one comes first: ``cor_Days.(Intercept)|Subject``.
    """
    return f"cor_{second}.{first}|{group}"
