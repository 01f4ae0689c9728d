"""Mutants of the kernel that no test can see, each with the argument why: name → reason."""

REASONS: dict[str, list[str]] = {
    "No exponent and no coefficient in a polynomial is 0: `variable` and `collect` drop them.": [
        "arithmetic.py: _is_whole: boundary moved: exponent < 0 ⇒ (exponent <= 0)",
        "arithmetic.py: Arithmetic._root: boundary moved: exponent < 0 ⇒ (exponent <= 0)",
        "arithmetic.py: Arithmetic.clear: boundary moved: e < 0 ⇒ (e <= 0)",
        "signs.py: Signs.sign: boundary moved: c > 0 ⇒ (c >= 0)",
        "signs.py: Signs._monomial_sign: boundary moved: exponent < 0 ⇒ (exponent <= 0)",
    ],
    "Only the empty polynomial has no first coefficient; it is the same with either sign.": [
        "arithmetic.py: Arithmetic.orientation: boundary moved: polynomial.get(first, 0) >= 0 ⇒ "
        "(polynomial.get(first, 0) > 0)",
    ],
    "A factor that is no whole power of a root, a norm or a sum is folded into itself: its whole "
    "power times the rest of its exponent, and both were paid for.": [
        "arithmetic.py: Arithmetic.product: filter dropped: _is_whole(*factor) ⇒ True",
    ],
    "Nothing that is divided by vanishes.  So what is 0 over all denominators is 0, and a norm "
    "gets those back that it was multiplied by.": [
        'arithmetic.py: Arithmetic.clear: filter weakened: e < 0 and a.op in ("add", "norm") ⇒ '
        "e < 0",
    ],
    "A vector has no sign: its atoms have none, hypotheses about an order are about numbers, and "
    "the exponent of a vector is 1.": [
        "arithmetic.py: Arithmetic._size: condition weakened: inside.sort is Sort.REAL and "
        "self.sign(oriented) ⇒ self.sign(oriented)",
    ],
    "A max is an atom only where its set is known to have a member, and its sign is read there or "
    "where more is known.": [
        'signs.py: Signs._atom_sign: condition weakened: atom.op == "sum" and '
        "not self.inhabited(target) ⇒ not self.inhabited(target)",
    ],
    "It only asks whether both sides are of one sort, which does not depend on their order.": [
        'rules.py: _remainder: sides exchanged: relation("eq", claim.children[0], '
        "mul(coefficient, low)) ⇒ relation('eq', mul(coefficient, low), claim.children[0])",
    ],
    "The free indices of a statement include those in the sets of its other indices.  So an index "
    "whose set mentions the witness is found in what is kept, or stands in the claim p(x) only; "
    "then its set mentions the j of ∃j: p(j), which is ill-formed.": [
        "rules.py: exists_elim: item forgotten: (*th.statements, *existence.statements) ⇒ "
        "(*existence.statements,)",
        "rules.py: exists_elim: item forgotten: (*th.statements, *existence.statements) ⇒ "
        "(*th.statements,)",
    ],
    "A statement that still has a quantifier has a set and a statement for its sides, which have "
    "no normal form: it is not read.": [
        'scope.py: _instances: condition forgotten: claim.op != "all" ⇒ True',
    ],
    "What is forgotten is worked out again, from the same hypotheses, scope and question.": [
        "scope.py: remembered: condition forgotten: key not in scope.memory ⇒ True",
    ],
    "Every term that is asked about is checked as a whole, before or after: a map applied to "
    "what is not known to be in its source is refused wherever it stands.": [
        "sets.py: set_of: choice fixed: member(argument, source) ⇒ True",
        "sets.py: set_of: believed: member(argument, source) ⇒ True",
        "sets.py: subset: believed: subset(inner, mapping.children[0]) ⇒ True",
        "sets.py: subset: condition weakened: image == point and "
        "subset(inner, mapping.children[0]) ⇒ image == point",
    ],
    "A term that needs no more binders than there are is copied instead of kept.": [
        "terms.py: _replace: boundary moved: term.loose <= depth ⇒ (term.loose < depth)",
    ],
    "Terms with the same operator and arguments have the same hash; it only saves time.": [
        "terms.py: Term.__eq__: answer weakened: self.hashed == other.hashed and "
        "self.op == other.op and self.args == other.args ⇒ self.op == other.op and "
        "self.args == other.args",
    ],
}

EQUIVALENT = {name: reason for reason, names in REASONS.items() for name in names}
