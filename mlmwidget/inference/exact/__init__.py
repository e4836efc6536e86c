"""The exact engine: everything but standard deviations and correlations integrated out in closed form."""
