"""Only exact numbers enter a proof."""

from __future__ import annotations

from functools import lru_cache

from sympy import Basic, Float, S, SympifyError, sympify

from derivations.language.errors import FloatRefused, LanguageError


def exact(value: object) -> Basic:
    """`value` as a SymPy expression.

    Raises FloatRefused if a float is in it, LanguageError if it is no expression at all.

    >>> from fractions import Fraction
    >>> exact(3), exact(Fraction(1, 4))
    (3, 1/4)
    >>> exact(0.25)
    Traceback (most recent call last):
        ...
    derivations.language.errors.FloatRefused: 0.25 is a float; only exact numbers enter a proof: \
write a fraction, as in Rational('0.25')
    """
    if isinstance(value, float):
        raise FloatRefused(
            f"{value} is a float; only exact numbers enter a proof: {_remedy(value)}"
        )
    if isinstance(value, str):
        raise LanguageError(f"{value!r} is a string; make a real number with scalar({value!r})")
    try:
        expr = sympify(value)
    except (SympifyError, TypeError, ValueError, AttributeError):
        raise LanguageError(f"{value!r} is not a number or a vector of the language") from None
    if not isinstance(expr, Basic):
        raise LanguageError(f"{value!r} is not a number or a vector of the language")
    floats = _floats_in(expr)
    if floats:
        found = min(floats, key=str)
        raise FloatRefused(f"the float {_short(found)} is in {expr}; {_remedy(found)}")
    return expr


@lru_cache(maxsize=16384)
def _floats_in(expr: Basic) -> frozenset[Float]:
    if isinstance(expr, Float):
        return frozenset({expr})
    return frozenset().union(*map(_floats_in, expr.args))


def _short(number: object) -> str:
    text = str(S(number))
    return text.rstrip("0") if "." in text and "e" not in text else text


def _remedy(number: object) -> str:
    return f"write a fraction, as in Rational('{_short(number)}')"
