"""Plain text for kernel terms, theorems and refusals.  Nothing here is trusted.

It needs the kernel and the standard library only, so that a proof can be shown in the process
that replayed it.
"""

from derivations.kernel.terms import Term, Unproved
from derivations.kernel.theorem import Theorem
from derivations.proof_files import leaves
from derivations.terms import child

_NAMES = "jtlkpq"
_INFIX = {"le": " ≤ ", "lt": " < ", "eq": " = "}
_BIG = {"sum": "Σ", "max": "max", "all": "∀", "exists": "∃"}


def explain(failure: BaseException) -> str:
    """What went wrong, with the obligation that was missed, in one sentence."""
    if isinstance(failure, Unproved) and failure.obligation is not None:
        return f"{failure}: {show(failure.obligation)}"
    return str(failure)


def show_theorem(theorem: Theorem) -> str:
    """The sequent in one line."""
    hypotheses = sorted(theorem.hypotheses, key=lambda hypothesis: hypothesis.key)
    return f"{', '.join(map(show, hypotheses))} ⊢ {show(theorem.conclusion)}".lstrip()


def cited(theorem: Theorem) -> dict[str, str]:
    """The named lemmas that a theorem rests on, with what they say."""
    found: dict[str, str] = {}
    seen: set[int] = set()
    queue = [theorem]
    while queue:
        one = queue.pop()
        if id(one) not in seen:
            seen.add(id(one))
            if one.rule == "cite":
                found[str(one.arguments[0])] = show_theorem(one)
            queue += [leaf for leaf in leaves(one.arguments) if isinstance(leaf, Theorem)]
    return found


def declared(theorem: Theorem) -> list[str]:
    """What the symbols of a theorem are: disjoint sets, subsets, maps, free indices.

    Two sets with the same label after @ are disjoint.
    """
    terms = _all_terms([theorem.conclusion, *theorem.hypotheses])
    bases = [show(one) for one in terms if one.op == "base" and one.args[1]]
    labels = [one.rpartition("@")[2] for one in bases]
    found = [
        f"{one} ∩ {other} = ∅"
        for n, (one, label) in enumerate(zip(bases, labels, strict=True))
        for other, same in zip(bases[n + 1 :], labels[n + 1 :], strict=True)
        if label == same
    ]
    for one in terms:
        if one.op == "subset":
            found.append(f"{one.args[0]} ⊆ {show(child(one, 1))}")
        elif one.op == "map":
            name, source, target = one.args[0], show(child(one, 1)), show(child(one, 2), 1)
            found.append(
                f"{name}({_bound_name(0)}) ∈ {target} for every {_bound_name(0)} ∈ {source}"
            )
        elif one.op == "index" and type(one.args[0]) is str:
            found.append(f"{one.args[0]} ∈ {show(child(one, 1))}")
    return list(dict.fromkeys(found))


def _all_terms(roots: list[Term]) -> list[Term]:
    """Every term within these, each once, by what it says."""
    found: dict[Term, None] = {}
    queue = list(roots)
    while queue:
        one = queue.pop()
        if one not in found:
            found[one] = None
            queue += [part for part in one.args if type(part) is Term]
    return sorted(found, key=lambda one: (one.op, one.key))


def show(term: Term, depth: int = 0) -> str:
    """The term in one line; bound indices are named by their depth."""
    parts = [show(a, depth) if type(a) is Term else str(a) for a in term.args]
    match term.op:
        case "number" | "scalar" | "vector":
            return parts[0]
        case "base":
            return parts[0] if not parts[1] else f"{parts[0]}@{parts[1]}"
        case "subset":
            return f"({parts[0]} ⊆ {parts[1]})"
        case "zero":
            return "0⃗"
        case "index":
            return parts[0] if type(term.args[0]) is str else f"i{parts[0]}"
        case "bound":
            number = depth - 1 - int(parts[0])
            return _bound_name(number) if number >= 0 else f"#{-number}"
        case "value":
            return f"{child(term, 0).args[0]}({parts[1]})"
        case "map":
            return f"{parts[0]}: {parts[1]} → {show(child(term, 2), depth + 1)}"
        case "entry" | "ventry":
            return f"{parts[0]}[{', '.join(parts[1:])}]"
        case "add":
            return f"({' + '.join(parts)})"
        case "le" | "lt" | "eq":
            return _INFIX[term.op].join(parts)
        case "mul":
            return "·".join(parts)
        case "power":
            base = parts[0] if child(term, 0).op in _CLOSED else f"({parts[0]})"
            return f"{base}^({parts[1]})"
        case "norm":
            return f"‖{parts[0]}‖"
        case "inner":
            return f"⟨{parts[0]}, {parts[1]}⟩"
        case "apply":
            return f"{parts[0]}{'ᵀ' if term.args[1] else ''}({parts[2]})"
        case "sum" | "max" | "all" | "exists":
            body = show(child(term, 1), depth + 1)
            return f"{_BIG[term.op]}_{{{_bound_name(depth)} ∈ {parts[0]}}} ({body})"
        case "union":
            return f"({parts[0]} ⊔ {parts[1]})"
        case "difference":
            return f"({parts[0]} ∖ {parts[1]})"
        case "single":
            return f"{{{parts[0]}}}"
        case "fibre":
            return f"{child(term, 0).args[0]}⁻¹({parts[1]})"
        case "range":
            return f"{child(term, 0).args[0]}(·)"
        case "nonzero":
            return f"{parts[0]} ≠ 0"
        case "nonempty" | "empty":
            return f"{parts[0]} {'≠' if term.op == 'nonempty' else '='} ∅"
    return f"{term.op}({', '.join(parts)})"


_CLOSED = frozenset({"number", "scalar", "entry", "norm", "inner", "exp", "log", "tanh"})


def _bound_name(level: int) -> str:
    """The name of the bound index of the binder at this level."""
    return _NAMES[level % len(_NAMES)] + (str(level // len(_NAMES)) if level >= len(_NAMES) else "")
