"""Mutants of the kernel that no test can see, each with the argument why: name → reason."""

REASONS: dict[str, list[str]] = {
    "No exponent and no coefficient in a polynomial is 0: `variable` and `collect` drop them.": [
        "arithmetic.py: _is_whole: boundary moved: exponent < 0 ⇒ (exponent <= 0)",
        "arithmetic.py: Arithmetic._root: boundary moved: exponent < 0 ⇒ (exponent <= 0)",
        "arithmetic.py: Arithmetic.clear: boundary moved: e < 0 ⇒ (e <= 0)",
        "context.py: Context._sign: boundary moved: e < 0 ⇒ (e <= 0)",
        "context.py: Context._termwise: boundary moved: coefficient < 0 ⇒ (coefficient <= 0)",
        "context.py: Context._monomial_sign: boundary moved: exponent < 0 ⇒ (exponent <= 0)",
        "context.py: Context._by_facts: boundary moved: c > 0 ⇒ (c >= 0)",
        "context.py: Context._by_facts: boundary moved: ratio < 0 ⇒ (ratio <= 0)",
        "context.py: Context._is_multiplier: boundary moved: e < 0 ⇒ (e <= 0)",
        "normal_form.py: NormalForm._sum_monomial: boundary moved: exponent > 0 ⇒ (exponent >= 0)",
    ],
    "Only the empty polynomial has no first coefficient; it is the same with either sign.": [
        "arithmetic.py: Arithmetic.orientation: boundary moved: polynomial.get(first, 0) >= 0 ⇒ "
        "(polynomial.get(first, 0) > 0)",
    ],
    "A fractional power exists only of what is known ≥ 0, whose size is itself, so that both "
    "branches give the same.": [
        "arithmetic.py: Arithmetic.norm: condition weakened: exponent.denominator == 1 and "
        "(exponent % 2 or atom.sort is Sort.VECTOR) ⇒ exponent % 2 or atom.sort is Sort.VECTOR",
    ],
    "A sign is asked of numbers only.  The one question that may contain vectors, "
    "`_is_multiplier`, is asked at depth 0, where no hypothesis is read; and no other line can "
    "give a vector a sign.": [
        'context.py: Context._atom_sign: guard weakened: atom.op == "exp" or '
        "atom.sort is Sort.VECTOR ⇒ atom.op == 'exp'",
    ],
    "A max is an atom only where its set is known to have a member, and its sign is read there or "
    "where more is known.": [
        'context.py: Context._atom_sign: condition weakened: atom.op == "sum" and '
        "not self.inhabited(target) ⇒ not self.inhabited(target)",
    ],
    "The value is POSITIVE where it is returned, by the condition before it.": [
        "context.py: Context._atom_sign: always positive: found ⇒ Sign.POSITIVE",
        "context.py: Context._by_facts: always positive: best ⇒ Sign.POSITIVE (no. 3)",
    ],
    "Every subtraction of a multiple of a hypothesis is sound; the filter only saves those of "
    "summands that are known better.  Without it all the same ones are tried, and more.": [
        "context.py: Context._by_facts: filter dropped: signs[m] is min(signs.values()) ⇒ True",
    ],
    "What is bound inside is later in the nesting, has a higher level and comes later in the order "
    "of keys, in every scope; so the operands of two bodies that are read in one scope are already "
    "in the same order, and sorting them again only makes it another one.": [
        'polynomial.py: sort_operands: condition forgotten: term.op not in ("add", "mul") ⇒ True',
    ],
    "The only prime that is not less than a number and divides it is the number itself, which is "
    "what is left.": [
        "arithmetic.py: prime_powers: count off by some: rest + 1 ⇒ (rest)",
    ],
    "Sums may be exchanged whatever else depends on the index, S_i itself included; the condition "
    "only says which orders are compared, and without it there are more of them.": [
        "normal_form.py: NormalForm._sum_monomial: condition weakened: swap and exponent == 1 and "
        "index not in inner.free ⇒ swap and index not in inner.free",
    ],
    "Where the keys are the same, the terms are.": [
        "normal_form.py: NormalForm._sum_monomial: boundary moved: poly.reify(swapped).key < "
        "best.key ⇒ (poly.reify(swapped).key <= best.key)",
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
    "What is forgotten is worked out again, from the same hypotheses, scope and question.": [
        "scope.py: remembered: condition forgotten: key not in scope.memory ⇒ True",
    ],
    "Whether a bound index is a member of something is always answered with no.": [
        'scope.py: _indices: filter weakened: n.op in ("index", "value") and not n.loose ⇒ '
        "n.op in ('index', 'value')",
    ],
    "A scope has an index exactly if it has a scope outside; `enter` sets both.": [
        "scope.py: Scope.bare: condition weakened: self.outside is not None and "
        "self.index is not None ⇒ self.index is not None",
        "scope.py: Scope.bare: condition weakened: self.outside is not None and "
        "self.index is not None ⇒ self.outside is not None",
    ],
    "Every term that is asked about is checked as a whole, before or after: a map applied to "
    "what is not known to be in its source is refused wherever it stands.": [
        "sets.py: set_of: choice fixed: member(argument, source) ⇒ True",
        "sets.py: set_of: believed: member(argument, source) ⇒ True",
        'sets.py: member: answer weakened: Term("value", mapping, index) == point and '
        "member(index, mapping.children[0]) ⇒ Term('value', mapping, index) == point",
        "sets.py: member: believed: member(index, mapping.children[0]) ⇒ True",
        "sets.py: member: always yes: member(index.children[1], target.children[0].children[0]) "
        "⇒ True",
        "sets.py: member: believed: member(index.children[1], target.children[0].children[0]) "
        "⇒ True",
    ],
    "An index that is no value has its set first, or nothing; neither is the map of the range.": [
        'sets.py: member: condition weakened: target.op == "range" and index.op == "value" and '
        "index.children[0] == target.children[0] ⇒ target.op == 'range' and "
        "index.children[0] == target.children[0]",
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
