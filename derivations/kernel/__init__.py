"""The trusted kernel: terms, rules, replay.  It imports the standard library only.

Trusted is what is in this folder, and nothing outside it: a statement is proved when ``replay``
accepts a proof of it, not when somebody holds a ``Theorem``.

    Term(op, *args)                      terms.py        exact, immutable, sorted when it is built
    member, subset, disjoint             sets.py         facts about how sets are written
    Context(hypotheses, scope)           context.py      .normal_form .clear .sign .enter
                                         (on scope.py, arithmetic.py and normal_form.py)
    reify, parse                         polynomial.py   polynomial -> term -> polynomial
    assume exact bound antisymmetric exp_tangent triangle triangle_sum
    generalize specialize exists_elim sum_monotone max_above max_attained
    cases absurd discharge cite well_defined instantiate
                                         rules.py        each returns a Theorem or raises Unproved
    Theorem                              theorem.py      hypotheses, conclusion, rule, arguments
    replay                               replay.py       a stored proof -> Theorem

What is not here is found or derived outside: monotone functions, reciprocals, Cauchy-Schwarz, sums
over a part and maxima below a bound in ``derivations.search.derived_rules``, the sums that need a
division in ``derivations.search.termwise``, the writing of proof files in
``derivations.proof_files``.

Functions are total and every rule is sound for that reading; that no side of a statement divides
by zero, takes the log of a non-positive number or a max over nothing is the last step of every
proof, ``well_defined``.
"""
