"""R's formula language: text, syntax tree and the model specification. Knows nothing of data."""
