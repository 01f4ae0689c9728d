"""Mutants of the kernel that no test can see, each with the argument why: name → reason."""

EQUIVALENT: dict[str, str] = {}
