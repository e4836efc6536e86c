"""The probability model: families, priors and the PyMC model."""
