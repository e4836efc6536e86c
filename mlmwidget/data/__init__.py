"""Looks at the data: profiles of columns, checks before a fit, and the model frame."""
