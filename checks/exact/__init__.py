"""Formulas of the mathematics in arithmetics that enclose the exact real number."""
