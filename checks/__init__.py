"""Numeric checks: exact attention, its approximations, and their bounds, on real tensors."""
