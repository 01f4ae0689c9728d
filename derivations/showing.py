"""Plain text for kernel terms, theorems and refusals.  Nothing here is trusted.

It needs the kernel and the standard library only, so that a proof can be shown in the process
that replayed it.
"""

import unicodedata
from functools import lru_cache
from itertools import count

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
                name = str(one.arguments[0])
                found[name if name.isprintable() else repr(name)] = show_theorem(one)
            queue += [leaf for leaf in leaves(one.arguments) if isinstance(leaf, Theorem)]
    return found


def declared(theorem: Theorem) -> list[str]:
    """What the symbols of a theorem are: disjoint sets, subsets, maps, free indices.

    Two sets with the same label after @ are disjoint.
    """
    terms = _all_terms([theorem.conclusion, *theorem.hypotheses])
    bases = [one for one in terms if one.op == "base" and one.args[1]]
    found = [
        f"{show(one)} ∩ {show(other)} = ∅"
        for n, one in enumerate(bases)
        for other in bases[n + 1 :]
        if one.args[1] == other.args[1]
    ]
    for one in terms:
        if one.op == "subset":
            found.append(f"{_name_of(one)} ⊆ {show(child(one, 1))}")
        elif one.op == "map":
            argument = _unused((), _names_in(one))
            source, target = show(child(one, 1)), _show(child(one, 2), (argument,), _names_in(one))
            found.append(f"{_name_of(one)}({argument}) ∈ {target} for every {argument} ∈ {source}")
        elif one.op == "index" and type(one.args[0]) is str:
            found.append(f"{_name_of(one)} ∈ {show(child(one, 1))}")
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


def show(term: Term) -> str:
    """The term in one line; no bound index is called like another symbol in it.

    Names that are not plain stand in quotation marks, so that none can be read as a formula.
    """
    return _show(term, (), _names_in(term))


def _show(term: Term, scope: tuple[str, ...], taken: frozenset[str]) -> str:
    """The term under binders whose indices are called as in `scope`, the outermost first."""
    parts = [_show(a, scope, taken) if type(a) is Term else str(a) for a in term.args]
    match term.op:
        case "number":
            return parts[0]
        case "scalar" | "vector" | "index":
            return _name_of(term)
        case "base":
            label = ",".join(map(_quoted, parts[1].split(",")))
            return _name_of(term) if not parts[1] else f"{_name_of(term)}@{label}"
        case "subset":
            return f"({_name_of(term)} ⊆ {parts[1]})"
        case "zero":
            return "0⃗"
        case "bound":
            number = len(scope) - 1 - int(parts[0])
            return scope[number] if number >= 0 else f"#{-number}"
        case "value":
            return f"{_name_of(child(term, 0))}({parts[1]})"
        case "map":
            inside = _show(child(term, 2), (*scope, _unused(scope, taken)), taken)
            return f"{_name_of(term)}: {parts[1]} → {inside}"
        case "entry" | "ventry":
            return f"{_name_of(term)}[{', '.join(parts[1:])}]"
        case "add":
            return f"({' + '.join(parts)})"
        case "le" | "lt" | "eq":
            return _INFIX[term.op].join(parts)
        case "mul":
            factors = zip(term.children, parts, strict=True)
            return "·".join(f"({text})" if one.op in _BIG else text for one, text in factors)
        case "power":
            base = parts[0] if _is_closed(child(term, 0)) else f"({parts[0]})"
            return f"{base}^({parts[1]})"
        case "norm":
            return f"‖{parts[0]}‖"
        case "inner":
            return f"⟨{parts[0]}, {parts[1]}⟩"
        case "apply":
            return f"{_name_of(term)}{'ᵀ' if term.args[1] else ''}({parts[2]})"
        case "sum" | "max" | "all" | "exists":
            name = _unused(scope, taken)
            body = _show(child(term, 1), (*scope, name), taken)
            return f"{_BIG[term.op]}_{{{name} ∈ {parts[0]}}} ({body})"
        case "union":
            return f"({parts[0]} ⊔ {parts[1]})"
        case "difference":
            return f"({parts[0]} ∖ {parts[1]})"
        case "single":
            return f"{{{parts[0]}}}"
        case "fibre":
            return f"{_name_of(child(term, 0))}⁻¹({parts[1]})"
        case "range":
            return f"{_name_of(child(term, 0))}(·)"
        case "nonzero":
            return f"{parts[0]} ≠ 0"
        case "nonempty" | "empty":
            return f"{parts[0]} {'≠' if term.op == 'nonempty' else '='} ∅"
    return f"{term.op}({', '.join(parts)})"


_CLOSED = frozenset({"scalar", "entry", "norm", "inner", "exp", "log", "tanh"})


def _is_closed(base: Term) -> bool:
    """Whether a power of it needs no brackets: not so for -1 and 2/3."""
    return base.op in _CLOSED or (base.op == "number" and str(base.args[0]).isdigit())


def _name_of(term: Term) -> str:
    """The name that the term bears, in quotation marks unless it is plain."""
    name = term.args[0]
    return _quoted(name) if type(name) is str else f"i{name}"


def _quoted(name: str) -> str:
    """The name itself if it is a letter, then letters, accents, digits, _ and primes."""
    plain = (name[:1].isalpha() or name[:1] == "_") and all(map(_is_plain, name))
    return name if plain and unicodedata.is_normalized("NFC", name) else repr(name)


def _is_plain(letter: str) -> bool:
    """Not so for letters written above the line, such as the ᵀ of a transposed map."""
    return (
        letter in "_'′"
        or unicodedata.category(letter) in ("Lu", "Ll", "Lt", "Lo", "Nd")
        or unicodedata.combining(letter) > 0
    )


@lru_cache(maxsize=16384)
def _names_in(term: Term) -> frozenset[str]:
    """Every name in the term, as it is shown."""
    own = frozenset({_name_of(term)} if term.args and type(term.args[0]) in (str, int) else ())
    return own.union(*map(_names_in, term.children))


def _unused(scope: tuple[str, ...], taken: frozenset[str]) -> str:
    """The first of j, t, …, q, j1, t1, … that no index in scope and no symbol has."""
    names = (f"{letter}{n or ''}" for n in count() for letter in _NAMES)
    return next(name for name in names if name not in taken and name not in scope)
