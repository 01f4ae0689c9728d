"""How SymPy's own printers find ours: `str`, `print`, `sympy.latex`, `srepr`, pretty printing.

SymPy calls these methods by name.  Where an expression of ours stands inside one of SymPy's own
(a sum of two terms, say), it is bracketed, because what surrounds it is not known here.
"""

from __future__ import annotations

from sympy import Basic
from sympy.printing.pretty.stringpict import prettyForm
from sympy.printing.printer import Printer


class Printed:
    """Mixed into every class of the language."""

    __slots__ = ()
    args: tuple[Basic, ...]

    def _latex(self, printer: Printer, **settings: object) -> str:
        from derivations.language.printing import latex_inside, latex_text

        return latex_inside(self) if _is_nested(printer) else latex_text(self)

    def _sympystr(self, printer: Printer, **settings: object) -> str:
        from derivations.language.printing import unicode_inside, unicode_text

        return unicode_inside(self) if _is_nested(printer) else unicode_text(self)

    def _pretty(self, printer: Printer, **settings: object) -> prettyForm:
        return prettyForm(self._sympystr(printer))

    def _sympyrepr(self, printer: Printer, **settings: object) -> str:
        return f"{type(self).__name__}({', '.join(map(printer._print, self.args))})"


def _is_nested(printer: Printer) -> bool:
    return printer._print_level > 1
