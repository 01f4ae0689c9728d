"""Mutants that no walk over the syntax tree finds: (name, file, source text, replacement)."""

HANDMADE: list[tuple[str, str, str, str]] = [
    (
        "a scope shares its memory with the one outside",
        "scope.py",
        "return index, type(self)(self.hypotheses, self.scope | {index}, self.depth + 1)",
        "inner = type(self)(self.hypotheses, self.scope | {index}, self.depth + 1)\n"
        "        inner.memory = self.memory\n"
        "        return index, inner",
    ),
    (
        "all scopes share one memory",
        "scope.py",
        "self.memory: dict[object, Any] = {}",
        "self.memory = remembered.__dict__",
    ),
    (
        "a member stays in scope outside its binder",
        "scope.py",
        'index = Term("index", self.depth, target)',
        'index = Term("index", self.depth, target)\n        self.scope = self.scope | {index}',
    ),
    (
        "a binder inside reuses the index of the one outside",
        "scope.py",
        'index = Term("index", self.depth, target)',
        'index = Term("index", 0, target)',
    ),
    (
        "a factor leaves a binder without being asked again",
        "normal_form.py",
        "value = self.normal_form(poly.reify_monomial(frozenset({factor})))",
        "value = {frozenset({factor}): Fraction(1)}",
    ),
    (
        "contexts are shared between sequents with other indices",
        "normal_form.py",
        "return Context(hypotheses, scope)",
        "return context_for.__dict__.setdefault(hypotheses, Context(hypotheses, scope))",
    ),
    (
        "contexts are shared between sequents with other hypotheses",
        "normal_form.py",
        "return Context(hypotheses, scope)",
        "return context_for.__dict__.setdefault(scope, Context(hypotheses, scope))",
    ),
    (
        "binders between are not counted",
        "terms.py",
        "_replace(part, old, new, depth + under)",
        "_replace(part, old, new, depth)",
    ),
    (
        "every subterm counts as one binder more",
        "terms.py",
        "_replace(part, old, new, depth + under)",
        "_replace(part, old, new, depth + 1)",
    ),
    (
        "what vanishes leaves nothing behind",
        "theorem.py",
        "lost = frozenset().union(*map(symbols, mentioned)) - sequent.closed",
        "lost = frozenset()",
    ),
    (
        "what vanishes from a premise leaves nothing behind",
        "theorem.py",
        "return argument.statements",
        "return ()",
    ),
    (
        "what vanishes from an argument leaves nothing behind",
        "theorem.py",
        "return (argument,) if type(argument) is Term else ()",
        "return ()",
    ),
    (
        "a substitution under two binders takes the outer index for the inner",
        "symbols.py",
        "level = place(depth)",
        "level = place(0)",
    ),
    (
        "the parameters of a family are one",
        "symbols.py",
        "replacement = substitute(replacement, parameter, place(-1 - number))",
        "replacement = substitute(replacement, parameter, place(-1))",
    ),
    (
        "a replacement is substituted into itself",
        "symbols.py",
        "replacement = table[name(rebuilt)]",
        "replacement = table[name(rebuilt)]\n"
        "    replacement = replace_symbols(replacement, {k: v for k, v in table.items() "
        "if k != name(rebuilt)})",
    ),
    (
        "discharge drops every hypothesis that a proof needs too",
        "rules.py",
        "return Sequent(kept.union(*(proof.hypotheses for proof in proofs)), th.conclusion)",
        "return Sequent(kept, th.conclusion)",
    ),
    (
        "premises lose their hypotheses",
        "rules.py",
        "together = frozenset(hypotheses).union(*(premise.hypotheses for _, premise in pairs))",
        "together = frozenset(hypotheses)",
    ),
    (
        "a file is not read as the proof of its own theorem",
        "replay.py",
        'theorem = RULES[row["rule"]](*decode(row["arguments"]))',
        'theorem = RULES["assume"](decode(row["conclusion"]))',
    ),
    (
        "a hypothesis is read with all the others",
        "signs.py",
        "map(self.bare().normal_form, claim.children)",
        "map(self.normal_form, claim.children)",
    ),
    (
        "a weak hypothesis counts as a strict one",
        "signs.py",
        'self.fact("lt", polynomial) is not None',
        'self.fact("le", polynomial) is not None',
    ),
    (
        "a hypothesis is turned round",
        "signs.py",
        "poly.plus(others[0], first, -1)",
        "poly.plus(first, others[0], -1)",
    ),
    (
        "a hypothesis says both that something is ≥ 0 and that it is ≤ 0",
        "signs.py",
        "poly.scale(known, 1 / poly.common(known))",
        "poly.scale(known, 1 / min(known.values(), key=abs, default=1))",
    ),
]
