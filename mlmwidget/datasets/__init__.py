"""Example data: classic multilevel data sets and simulated data whose truth is known."""
