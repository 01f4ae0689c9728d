"""Mutants that no walk over the syntax tree finds: (name, file, source text, replacement)."""

HANDMADE: list[tuple[str, str, str, str]] = []
