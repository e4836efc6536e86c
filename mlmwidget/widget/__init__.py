"""The Jupyter widget: a thin shell of traits and messages around the library."""
