"""How far a change inside an expression can move the whole of it.

A sum moves by the sum of the moves, a multiple by |factor| times the move, a norm by no more
than what it holds.  Where no such constant is known (inside an exponential, say) it is refused.
"""

from __future__ import annotations

from collections.abc import Callable

from sympy import Abs, Add, Expr, Max, Min, Mul, S, tanh

from derivations.language.binders import SetMax, SetMin, SetSum
from derivations.language.definitions import Named, SoftmaxMean, placeholder
from derivations.language.linear import Inner, Norm
from derivations.transformations.next_line import Transformation
from derivations.transformations.structure import is_positive, is_vector, outside, rewrite

Change = Callable[[Expr], tuple[Expr, Expr] | None]


def spread(whole: Expr, change: Change, asker: Transformation) -> tuple[Expr, Expr]:
    """`whole` with `change` made wherever it applies, and a bound on how far that moves it.

    `change` returns the new node and how far it is from the old one, or None.  Raises
    DoesNotApply where a change stands in a place that may magnify it without limit.
    """

    def walk(expr: Expr) -> tuple[Expr, Expr]:
        found = change(expr)
        if found is not None:
            return found
        if isinstance(expr, Named):
            meaning, cost = walk(expr.meaning)
            return (expr, S.Zero) if meaning == expr.meaning else (meaning, cost)
        if isinstance(expr, SetSum | SetMax | SetMin):
            return below(expr)
        if isinstance(expr, SoftmaxMean):
            return in_mean(expr)
        if not any(isinstance(part, Expr) for part in expr.args):
            return expr, S.Zero
        made = [walk(part) if isinstance(part, Expr) else (part, S.Zero) for part in expr.args]
        changed = [k for k, (part, _) in enumerate(made) if part != expr.args[k]]
        if not changed:
            return expr, S.Zero
        new = expr.func(*(part for part, _ in made))
        if isinstance(expr, Add | Max | Min):
            return new, Add(*(made[k][1] for k in changed))
        if isinstance(expr, Norm | Abs | tanh):
            return new, made[0][1]
        if isinstance(expr, Mul | Inner) and len(changed) == 1:
            others = [part for k, (part, _) in enumerate(made) if k != changed[0]]
            return new, Mul(made[changed[0]][1], *map(size, others))
        raise refused(expr)

    def below(expr: SetSum | SetMax | SetMin) -> tuple[Expr, Expr]:
        bound = placeholder(expr.bound.name)
        body, cost = walk(expr.open(bound))
        if body == expr.open(bound):
            return expr, S.Zero
        new = type(expr)(body, bound, expr.domain)
        if isinstance(expr, SetSum):
            return new, summed(cost, bound, expr)
        return new, SetMax(cost, bound, expr.domain) if cost.has(bound) else cost

    def in_mean(expr: SoftmaxMean) -> tuple[Expr, Expr]:
        bound = placeholder(expr.bound.name)
        logit = expr.open(bound)
        value, cost = walk(expr.open(bound, 1))
        if walk(logit)[0] != logit:
            raise refused(expr)
        if value == expr.open(bound, 1):
            return expr, S.Zero
        cost = SoftmaxMean(logit, cost, bound, expr.domain) if cost.has(bound) else cost
        return SoftmaxMean(logit, value, bound, expr.domain), cost

    def refused(expr: Expr) -> Exception:
        return asker.refuse(
            expr, "a place where an error is known to stay small (a sum, a multiple, a norm)"
        )

    return walk(whole)


def summed(body: Expr, bound: Expr, like: SetSum) -> Expr:
    """Σ body over the set of `like`, with the factors that do not depend on the index outside."""
    free, rest = outside(body, bound)
    return free * SetSum(rest, bound, like.domain)


def size(expr: Expr) -> Expr:
    """|number| or ‖vector‖, without the bars where the form shows the sign."""
    if is_vector(expr):
        return Norm(expr)
    if is_positive(expr) or expr.is_nonnegative:
        return expr
    if is_positive(-expr):
        return -expr
    if isinstance(expr, Mul):
        return Mul(*map(size, expr.args))
    return Abs(expr)


def with_known_names(number: Expr, line: Expr) -> Expr:
    """`number` with the abbreviations that the line uses already."""
    from derivations.transformations.structure import nodes, same

    known = [one for one in nodes(line) if isinstance(one, Named) and not one.indices]

    def rule(node: Expr) -> Expr | None:
        if isinstance(node, Named):
            return None
        return next((one for one in known if same(one.meaning, node)), None)

    return rewrite(number, rule) if known else number
