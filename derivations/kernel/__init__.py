"""The trusted kernel: terms, rules, replay.  It imports the standard library only.

Trusted is what is in this folder, and nothing outside it: a statement is proved when ``replay``
accepts a proof of it, not when somebody holds a ``Theorem``.

    Term(op, *args)                      terms.py        exact, immutable, sorted when it is built
    member, subset, disjoint             sets.py         facts about how sets are written
    Context(hypotheses, scope)           normal_form.py  .normal_form .clear .sign .enter
                                         (on scope.py, signs.py and arithmetic.py)
    reify, parse                         polynomial.py   polynomial -> term -> polynomial
    assume exact bound antisymmetric exp_tangent triangle
    generalize specialize exists_elim sum_monotone max_above max_attained
    cases absurd discharge cite well_defined instantiate
                                         rules.py        each returns a Theorem or raises Unproved
                                         (instantiate with symbols.py)
    Theorem                              theorem.py      hypotheses, conclusion, rule, arguments
    replay                               replay.py       a stored proof -> Theorem

What is not here is found or derived outside and handed over as theorems, which are assumed where
they are needed and discharged: signs that follow from several hypotheses or over a denominator
(``derivations.search.signs``), maxima with a shift or a factor (``maxima``), roots and logarithms
of numbers (``numbers``), sums that need a division (``termwise``).  Derived rules are in
``derived_rules``: monotone functions, reciprocals, Cauchy-Schwarz, sums over a part and maxima
below a bound.  ``derivations.proof_files`` writes proof files and checks their index of lemmas.

Functions are total and every rule is sound for that reading; that no side of a statement divides
by zero, takes the log of a non-positive number or a max over nothing is the last step of every
proof, ``well_defined``.
"""
