"""Fits: NUTS and the exact engine behind one posterior schema, and the estimates made from it."""
