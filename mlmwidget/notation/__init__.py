"""Says a model to people: equations in LaTeX and sentences in plain words."""
