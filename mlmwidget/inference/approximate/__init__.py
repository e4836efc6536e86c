"""The approximate engine: Laplace's approximation for families other than the Gaussian."""
