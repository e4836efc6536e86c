"""Example data: classic multilevel data sets and simulated data whose truth is known."""

from mlmwidget.datasets.classic import contraception, machines, pastes, penicillin, radon, sleepstudy
from mlmwidget.datasets.simulation import Simulation, simulate

__all__ = [
    "Simulation",
    "contraception",
    "machines",
    "pastes",
    "penicillin",
    "radon",
    "simulate",
    "sleepstudy",
]
