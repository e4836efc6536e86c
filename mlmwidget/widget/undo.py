"""Undo and redo: a small immutable list of states with a place in it."""

from __future__ import annotations

from dataclasses import dataclass, replace

LIMIT = 200


@dataclass(frozen=True, slots=True)
class History[T]:
    """States in the order in which they were made, and which of them is shown.

    Parameters
    ----------
    states
        Oldest first; at least one.
    place
        Index of the present state.
    """

    states: tuple[T, ...]
    place: int = 0

    @property
    def present(self) -> T:
        """The state that is shown."""
        return self.states[self.place]

    @property
    def can_undo(self) -> bool:
        """Whether there is an older state."""
        return self.place > 0

    @property
    def can_redo(self) -> bool:
        """Whether there is a newer state that was undone."""
        return self.place < len(self.states) - 1

    def push(self, state: T) -> History[T]:
        """Return the history with a new present; what had been undone is forgotten."""
        states = (*self.states[: self.place + 1], state)[-LIMIT:]
        return History(states, len(states) - 1)

    def restate(self, state: T) -> History[T]:
        """Return the history with the present state said in another way."""
        states = (*self.states[: self.place], state, *self.states[self.place + 1 :])
        return replace(self, states=states)

    def undo(self) -> History[T]:
        """Return the history one step back; itself at the oldest state."""
        return replace(self, place=max(self.place - 1, 0))

    def redo(self) -> History[T]:
        """Return the history one step forward; itself at the newest state."""
        return replace(self, place=min(self.place + 1, len(self.states) - 1))
