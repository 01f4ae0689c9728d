"""Notes: what was proved, and what was not, as LaTeX and as a page.

The writers read reports and nothing else.  A theorem environment is used only when every step of
a derivation is PROVED; everything else is set as what it is, with its verdict beside it.
"""
