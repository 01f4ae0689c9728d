"""Facts about index sets that follow from how the sets are written; True is a proof.

Every answer is a sufficient test: False means "not known", never "false".  Nothing here looks at
hypotheses; ``derivations.kernel.scope`` adds those (what is inhabited, what is empty).
"""

from functools import lru_cache

from .terms import IllFormed, IllSorted, Sort, Term, open_body, rebuild

CACHE = 65536


def set_of(index: Term) -> Term | None:
    """A set the index is known to be in: its own, or that of the values of the map applied last."""
    if index.op == "value":
        mapping, argument = index.children
        source, target = mapping.children
        home = open_body(target, argument) if target.loose else Term("range", mapping)
        return home if member(argument, source) else None
    return index.children[0] if index.op == "index" else None


def member(index: Term, target: Term) -> bool:
    """Whether the index is known to be in the set."""
    return subset(Term("single", index), target)


@lru_cache(CACHE)
def tidy(term: Term) -> Term:
    """The same index, set or family entry with a(t) = j inside the fibre over j, x = j in {j}."""
    if not term.children:
        return term
    home = term.children[0]
    if term.op == "index":
        return tidy(home.children[0]) if home.op == "single" else term
    term = rebuild(term, lambda part, under: tidy(part))
    inner = set_of(term.children[1]) if term.op == "value" else None
    if inner is not None and inner.op == "fibre" and inner.children[0] == home:
        return tidy(inner.children[1])
    return term


@lru_cache(CACHE)
def subset(inner: Term, outer: Term) -> bool:
    """Whether every member of ``inner`` is known to be in ``outer``."""
    if inner == outer:
        return True
    if inner.op == "union":
        return all(subset(part, outer) for part in inner.children)
    if outer.op == "union" and any(subset(inner, part) for part in outer.children):
        return True
    if outer.op == "difference" and disjoint(inner, outer.children[1]):
        return subset(inner, outer.children[0])
    if inner.op == "single" and outer.op == "fibre":
        mapping, point = outer.children
        image = Term("value", mapping, inner.children[0])
        if image == point and subset(inner, mapping.children[0]):
            return True
    if inner.op == "difference" and inner.children[0].op == "union":
        whole, removed = inner.children
        return all(subset(part, outer) or subset(part, removed) for part in whole.children)
    return any(subset(larger, outer) for larger in _supersets(inner))


def _supersets(inner: Term) -> tuple[Term, ...]:
    """The sets that contain this one by construction, one step up."""
    if inner.op in ("subset", "difference"):
        return inner.children[:1]
    if inner.op in ("fibre", "range"):
        source, target = inner.children[0].children
        return (source if inner.op == "fibre" else target,)
    home = set_of(inner.children[0]) if inner.op == "single" else None
    return () if home is None else (home,)


@lru_cache(CACHE)
def disjoint(left: Term, right: Term) -> bool:
    """Whether the sets are known to share no member."""
    for one, other in ((left, right), (right, left)):
        if one.op == "union":
            return all(disjoint(part, other) for part in one.children)
        removed = one.op == "difference" and subset(other, one.children[1])
        if removed or any(disjoint(larger, other) for larger in _supersets(one)):
            return True
    if left.op == right.op == "base":
        return bool(left.args[1] == right.args[1] != "" and left.args[0] != right.args[0])
    points = [Term("single", one.children[1]) for one in (left, right) if one.op == "fibre"]
    return len(points) == 2 and left.children[0] == right.children[0] and disjoint(*points)


def _require(well_formed: bool, message: str) -> None:
    if not well_formed:
        raise IllFormed(message)


@lru_cache(CACHE)
def check_well_formed(term: Term, depth: int = 0) -> None:
    """Raise IllFormed unless unions are disjoint, differences proper, and maps applied inside.

    ``depth`` counts enclosing binders; a term with a bound index that escapes is refused too.
    """
    _require(not term.loose, "a bound index escapes its binder")
    op, children = term.op, term.children
    if op == "union":
        _require(disjoint(*children), "a union joins two sets not declared disjoint")
    if op == "difference":
        part = subset(children[1], children[0])
        _require(part, "a set difference removes a set that is not known to be a part")
    if op == "value":
        inside = member(children[1], children[0].children[0])
        _require(inside, "a map is applied to an index not known to be in its source")
    if op == "map":
        _require(not term.free, "a map's source and target cannot mention other indices")
    if op in ("fibre", "range"):
        fixed = not children[0].children[1].loose
        _require(fixed, "a map whose target depends on its argument has no fibres or range")
    if term.op in ("sum", "max", "all", "exists", "map"):
        children = (children[0], open_body(children[1], Term("index", depth, children[0])))
        depth += 1
    for child in children:
        check_well_formed(child, depth)


def check_proposition(term: Term) -> None:
    """Raise IllSorted or IllFormed unless the term may stand in a theorem as a proposition."""
    check_statement(term)
    if term.sort is not Sort.PROPOSITION:
        raise IllSorted("a theorem is about propositions; this is a number, a set or a map")


def check_statement(term: Term) -> None:
    """Raise IllFormed unless the term may stand in the arguments of a rule."""
    check_well_formed(term)
    for index in term.free:
        _require(type(index.args[0]) is str, "a theorem cannot mention an index made for a scope")
        _require(not index.loose, "a free index ranges over a set that mentions a bound index")
