"""The trusted kernel: terms, rules, replay.  It imports the standard library only.

Trusted is what is in this folder, and nothing outside it: a statement is proved when ``replay``
accepts a proof of it, not when somebody holds a ``Theorem``.

    Term(op, *args)                      terms.py        exact, immutable, sorted when it is built
    member, subset, disjoint             sets.py         facts about how sets are written
    Context(hypotheses, scope)           context.py      .normal_form .clear .sign .enter
                                         (on scope.py, arithmetic.py and normal_form.py)
    reify, parse                         polynomial.py   polynomial -> term -> polynomial
    assume exact bound monotone reciprocal antisymmetric exp_tangent
    triangle triangle_sum cauchy_schwarz generalize specialize exists_intro exists_elim
    sum_monotone sum_above max_below max_above max_attained
    cases_order cases_empty absurd discharge weaken cite well_defined instantiate
                                         rules.py        each returns a Theorem or raises Unproved
    Theorem                              theorem.py      hypotheses, conclusion, rule, arguments
    to_json, replay, verify              replay.py       Theorem -> data -> Theorem

Functions are total and every rule is sound for that reading; that no side of a statement divides
by zero, takes the log of a non-positive number or a max over nothing is the last step of every
proof, ``well_defined``.
"""
