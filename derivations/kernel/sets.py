"""Facts about index sets that follow from how the sets are written; True is a proof.

Every answer is a sufficient test: False means "not known", never "false".  Nothing here looks at
hypotheses; ``derivations.kernel.context`` adds those (what is inhabited, what is empty).
"""

from functools import lru_cache

from derivations.kernel.terms import IllFormed, IllSorted, Term, child, open_body, sort_of


def set_of(index: Term) -> Term | None:
    """A set the index is known to be in: its own, or the target of the map applied last."""
    if index.op == "index":
        return child(index, 1)
    if index.op == "value":
        mapping, argument = child(index, 0), child(index, 1)
        if member(argument, child(mapping, 1)):
            return open_body(child(mapping, 2), argument)
    return None


@lru_cache(maxsize=65536)
def member(index: Term, target: Term) -> bool:
    """Whether the index is known to be in the set."""
    home = set_of(index)
    if home is not None and subset(home, target):
        return True
    if target.op == "single":
        return index == child(target, 0)
    if target.op == "union":
        return member(index, child(target, 0)) or member(index, child(target, 1))
    if target.op == "difference":
        kept = disjoint(Term("single", index), child(target, 1))
        return kept and member(index, child(target, 0))
    if target.op == "fibre":
        mapping = child(target, 0)
        hits = Term("value", mapping, index) == child(target, 1)
        return hits and member(index, child(mapping, 1))
    if target.op == "range" and index.op == "value" and child(index, 0) == child(target, 0):
        return member(child(index, 1), child(child(target, 0), 1))
    return False


@lru_cache(maxsize=65536)
def tidy(term: Term) -> Term:
    """The same index, set or family entry with a(t) = j inside the fibre over j, x = j in {j}."""
    if term.op not in _TIDIED:
        return term
    if term.op == "index":
        return tidy(child(child(term, 1), 0)) if child(term, 1).op == "single" else term
    rebuilt = Term(term.op, *(tidy(a) if type(a) is Term else a for a in term.args))
    if rebuilt.op == "value":
        home = set_of(child(rebuilt, 1))
        if home is not None and home.op == "fibre" and child(home, 0) == child(rebuilt, 0):
            return tidy(child(home, 1))
    return rebuilt


_TIDIED = frozenset({"index", "value", "single", "fibre", "union", "difference", "entry", "ventry"})


@lru_cache(maxsize=65536)
def subset(inner: Term, outer: Term) -> bool:
    """Whether every member of ``inner`` is known to be in ``outer``."""
    if inner == outer:
        return True
    if inner.op == "union":
        return subset(child(inner, 0), outer) and subset(child(inner, 1), outer)
    if outer.op == "union" and (subset(inner, child(outer, 0)) or subset(inner, child(outer, 1))):
        return True
    if outer.op == "difference" and disjoint(inner, child(outer, 1)):
        return subset(inner, child(outer, 0))
    if inner.op == "single":
        return member(child(inner, 0), outer)
    if inner.op == "difference" and child(inner, 0).op == "union":
        whole, removed = child(inner, 0), child(inner, 1)
        return all(subset(part, outer) or subset(part, removed) for part in whole.children)
    return any(subset(larger, outer) for larger in _supersets(inner))


def _supersets(inner: Term) -> tuple[Term, ...]:
    """The sets that contain this one by construction, one step up."""
    if inner.op == "subset":
        return (child(inner, 1),)
    if inner.op == "difference":
        return (child(inner, 0),)
    if inner.op == "fibre":
        return (child(child(inner, 0), 1),)
    if inner.op == "range":
        return (child(child(inner, 0), 2),)
    if inner.op == "single":
        home = set_of(child(inner, 0))
        return () if home is None else (home,)
    return ()


@lru_cache(maxsize=65536)
def disjoint(left: Term, right: Term) -> bool:
    """Whether the sets are known to share no member."""
    for one, other in ((left, right), (right, left)):
        if one.op == "union":
            return disjoint(child(one, 0), other) and disjoint(child(one, 1), other)
        if one.op == "difference" and subset(other, child(one, 1)):
            return True
    if left.op == right.op == "base":
        return left.args[1] == right.args[1] != "" and left.args[0] != right.args[0]
    if left.op == right.op == "fibre" and child(left, 0) == child(right, 0):
        points = [Term("single", child(fibre, 1)) for fibre in (left, right)]
        if disjoint(points[0], points[1]):
            return True
    return any(disjoint(larger, right) for larger in _supersets(left)) or any(
        disjoint(left, larger) for larger in _supersets(right)
    )


@lru_cache(maxsize=65536)
def check_well_formed(term: Term, depth: int = 0) -> None:
    """Raise IllFormed unless unions are disjoint, differences proper, and maps applied inside.

    ``depth`` counts enclosing binders; a term with a bound index that escapes is refused too.
    """
    if term.loose:
        raise IllFormed("a bound index escapes its binder")
    if term.op == "union" and not disjoint(child(term, 0), child(term, 1)):
        raise IllFormed("a union joins two sets that are not declared disjoint")
    if term.op == "difference" and not subset(child(term, 1), child(term, 0)):
        raise IllFormed("a set difference removes a set that is not known to be a part")
    if term.op == "value" and not member(child(term, 1), child(child(term, 0), 1)):
        raise IllFormed("a map is applied to an index that is not known to be in its source")
    if term.op == "map" and term.free:
        raise IllFormed("a map's source and target cannot mention other indices")
    if term.op in ("fibre", "range") and child(child(term, 0), 2).loose:
        raise IllFormed("a map whose target depends on its argument has no fibres and no range")
    children = term.children
    if term.op in ("sum", "max", "all", "exists", "map"):
        level = Term("index", depth, children[0])
        children = (children[0], open_body(children[1], level))
        depth += 1
    for inner in children:
        check_well_formed(inner, depth)


def check_statement(term: Term) -> None:
    """Raise IllSorted or IllFormed unless the term may stand in a theorem."""
    if type(term) is not Term:
        raise IllSorted("a theorem is about terms only")
    sort_of(term)
    check_well_formed(term)
    for index in term.free:
        if type(index.args[0]) is not str:
            raise IllFormed("a theorem cannot mention an index the kernel made for a scope")
        if index.loose:
            raise IllFormed("a free index ranges over a set that mentions a bound index")
