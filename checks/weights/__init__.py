"""Effective weights: which change of W_K or W_V makes the normal tokens carry the context."""
