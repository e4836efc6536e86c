"""Takes a model away: complete scripts of the same model for other software."""
