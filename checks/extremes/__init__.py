"""The worst case of every bound: search for the largest error / bound, then certify what is found.

    for extreme in search_extremes(problems(), starts=6, seed=0):
        print(extreme.problem.name, extreme.reached)

A problem (:mod:`checks.extremes.problem`) is one bound in one configuration, with a smooth map from
free parameters to instances. The search (:mod:`checks.extremes.search`) climbs error / bound in
float64 from random starts; the float instance it ends at is then taken as exact and evaluated in
ball arithmetic. Problems are collected from the modules :mod:`~checks.extremes.gaps` (logits
alone), :mod:`~checks.extremes.averages` (softmax averages of values) and
:mod:`~checks.extremes.context` (attention with frozen tokens).
"""
