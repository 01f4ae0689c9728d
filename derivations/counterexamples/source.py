"""A statement as the Python lines that build it, in the user's vocabulary.

A pasted test must stand alone, so it carries its statement with it.
"""

from __future__ import annotations

import keyword
import re

from sympy import Add, Basic, Mul, NumberSymbol, Pow, Rational, S, Symbol

from derivations import language
from derivations.counterexamples.symbols import Symbols, ordered
from derivations.language.binders import Binder, SetMax, SetMin, SetSum
from derivations.language.definitions import (
    Cardinality,
    Diameter,
    LogSumExp,
    Named,
    Oscillation,
    Softmax,
    SoftmaxMean,
    loose,
)
from derivations.language.families import Entry, Vector, VectorEntry
from derivations.language.linear import (
    Apply,
    Composition,
    Identity,
    Inner,
    MapSetSum,
    MapSum,
    NamedMap,
    Norm,
    Outer,
    ProjectionOff,
    Scaled,
    Transpose,
)
from derivations.language.propositions import (
    AtMost,
    Empty,
    Equal,
    Exists,
    ForAll,
    Less,
    NonEmpty,
)
from derivations.language.sets import (
    Difference,
    Fibre,
    Index,
    IndexMap,
    IndexSet,
    MapValue,
    Range,
    Singleton,
    Union,
    WinnerMap,
)
from derivations.language.statements import Statement, carried_hypotheses

_OVER: dict[type[Basic], str] = {
    SetSum: "sum_over",
    SetMax: "max_over",
    SetMin: "min_over",
    LogSumExp: "log_sum_exp",
    Oscillation: "oscillation",
    Diameter: "diameter",
}
_CALLS: dict[type[Basic], str] = {
    Inner: "inner",
    Norm: "norm",
    Outer: "outer",
    ProjectionOff: "projection_off",
    Cardinality: "cardinality",
    Equal: "equal",
    AtMost: "at_most",
    Less: "less",
    NonEmpty: "non_empty",
    Singleton: "Singleton",
}
_FAMILIES: dict[type[Basic], str] = {
    Symbol: "scalar",
    Entry: "scalars",
    Vector: "vector",
    VectorEntry: "vectors",
    NamedMap: "linear_map",
}
_VOCABULARY = {*language.__all__, "Empty", "pi", "E", "EulerGamma"}
_RESERVED = {*_VOCABULARY, "statement", "instance", "state", "recheck", "Verdict"}


def statement_source(statement: Statement, symbols: Symbols) -> tuple[list[str], list[str]]:
    """The import lines, and the lines that build it, the last of which is `statement = …`."""
    writer = _Writer(symbols)
    carried = set(
        carried_hypotheses(
            [statement.left, statement.right]
            + ([] if statement.budget is None else [statement.budget])
            + list(statement.hypotheses)
        )
    )
    left, right = writer.text(statement.left), writer.text(statement.right)
    rest = []
    if statement.budget is not None:
        rest.append(f"budget={writer.text(statement.budget)}")
    given = [writer.text(one) for one in statement.hypotheses if one not in carried]
    if given:
        rest.append(f"given=[{', '.join(given)}]")
    arguments = [left, repr(statement.relation.value), right, *rest]
    lines = [*writer.lines, f"statement = state({', '.join(arguments)})"]
    imports = [
        f"from {module} import {', '.join(sorted(names))}"
        for module, names in sorted(writer.imports.items())
    ]
    return imports, lines


class _Writer:
    """Declarations as they turn out to be needed, and what must be imported for them."""

    def __init__(self, symbols: Symbols) -> None:
        self.lines: list[str] = []
        self.imports: dict[str, set[str]] = {}
        self._inhabited = {(one.name, one.group) for one in symbols.sets.values() if one.nonempty}
        self._names: dict[object, str] = {}
        self._bound: dict[Basic, str] = {}
        self._indices: dict[str, list[str]] = {}
        self._taken: set[str] = set(_RESERVED)

    def use(self, name: str, module: str = "derivations.language") -> str:
        """`name`, imported from the module."""
        self.imports.setdefault(module, set()).add(name)
        return name

    def fresh(self, name: str) -> str:
        """A Python name like `name` that means nothing else yet."""
        word = re.sub(r"\W+", "_", name).strip("_") or "x"
        if word[0].isdigit():
            word = f"x{word}"
        if keyword.iskeyword(word) or word in _RESERVED:
            word += "_"
        found, number = word, 1
        while found in self._taken:
            number += 1
            found = f"{word}_{number}"
        self._taken.add(found)
        return found

    def declared(self, identity: object, name: str, value: str) -> str:
        """The variable that holds the symbol; its declaration is written at first sight."""
        if identity not in self._names:
            self._names[identity] = variable = self.fresh(name)
            self.lines.append(f"{variable} = {value}")
        return self._names[identity]

    # ---- expressions -----------------------------------------------------------------------

    def text(self, node: Basic) -> str:
        """`node` as an expression that a comma may follow."""
        kind = type(node)
        if isinstance(node, Rational):
            return self._rational(node)
        if isinstance(node, NumberSymbol):
            return self.use(str(node), "sympy")
        if node in self._bound:
            return self._bound[node]
        if kind in _FAMILIES:
            return self._symbol(node)
        if isinstance(node, Add):
            return self._sum(node)
        if isinstance(node, Mul):
            return self._product(node)
        if isinstance(node, Pow):
            return self._power(node)
        if isinstance(node, Named):
            return self._named(node)
        if isinstance(node, Binder):
            return self._binder(node)
        if isinstance(node, IndexSet):
            return self._index_set(node)
        if isinstance(node, IndexMap):
            return self._index_map(node)
        if isinstance(node, Index):
            declaration = f"{self.text(node.domain)}.index({node.name!r})"
            return self.declared((Index, node), node.name, declaration)
        if isinstance(node, Empty):
            empty = self.use("Empty", "derivations.language.propositions")
            return f"{empty}({self.text(node.args[0])})"
        if isinstance(node, Union) and _is_group(node):
            return f"{self.text(node.args[1].args[0])}.group({self.text(node.args[0].args[0])})"
        return self._compound(node)

    def _compound(self, node: Basic) -> str:
        parts = [self.text(one) for one in ordered(node)]
        kind = type(node)
        if kind in _CALLS:
            return f"{self.use(_CALLS[kind])}({', '.join(parts)})"
        if isinstance(node, MapValue | Apply):
            return f"{self.tight(node.args[0])}({parts[1]})"
        if isinstance(node, Union):
            return f"({parts[0]} | {parts[1]})"
        if isinstance(node, Difference):
            return f"({parts[0]} - {parts[1]})"
        if isinstance(node, Fibre):
            return f"{parts[0]}.fibre({parts[1]})"
        if isinstance(node, Range):
            return f"{parts[0]}.range"
        if isinstance(node, Identity):
            return f"{self.use('Identity')}()"
        if isinstance(node, Transpose):
            return f"{self.tight(node.args[0])}.T"
        if isinstance(node, Composition):
            return f"({parts[0]} @ {parts[1]})"
        if isinstance(node, MapSum):
            return f"({parts[0]} + {parts[1]})"
        if isinstance(node, Scaled):
            return f"({self.tight(node.args[1])} * {self.tight(node.args[0])})"
        return f"{self.use(type(node).__name__)}({', '.join(parts)})"

    def tight(self, node: Basic) -> str:
        """`node` as an operand of * or **, or as something that is called."""
        text = self.text(node)
        loose_kind = isinstance(node, Add | Mul | Pow) or text.startswith("-")
        return f"({text})" if loose_kind else text

    def _rational(self, node: Rational) -> str:
        if node.q == 1:
            return str(node.p)
        return f"{self.use('Rational')}({node.p}, {node.q})"

    def _symbol(self, node: Basic) -> str:
        variable = self._family(node)
        if isinstance(node, Entry | VectorEntry):
            return f"{variable}[{', '.join(map(self.text, node.indices))}]"
        return variable

    def _family(self, node: Basic) -> str:
        """The variable of a symbol, without indices."""
        maker, name = _FAMILIES[type(node)], str(node.name)
        return self.declared((maker, name), name, f"{self.use(maker)}({name!r})")

    def _sum(self, node: Add) -> str:
        terms = sorted(ordered(node), key=lambda one: one.could_extract_minus_sign())
        text = self.text(terms[0])
        for term in terms[1:]:
            coefficient, rest = term.as_coeff_Mul()
            if coefficient == -1:
                text += f" - {self.tight(rest) if isinstance(rest, Add) else self.text(rest)}"
            else:
                text += f" + {self.text(term)}"
        return text

    def _product(self, node: Mul) -> str:
        """Numbers come last, so that SymPy does not multiply them into a sum."""
        coefficient, _ = node.as_coeff_Mul()
        factors = [one for one in ordered(node) if one != coefficient]
        above = [self.tight(one) for one in factors if not _is_reciprocal(one)]
        below = [self.tight(one.base) for one in factors if _is_reciprocal(one)]
        text = "*".join(above) or "1"
        text += "".join(f"/{one}" for one in below)
        if coefficient == -1 and not text.startswith("1/"):
            return f"-{text}"
        return text if coefficient == 1 else f"{text}*{self.tight(coefficient)}"

    def _power(self, node: Pow) -> str:
        if node.exp == S.Half:
            return f"{self.use('sqrt')}({self.text(node.base)})"
        if _is_reciprocal(node):
            return f"1/{self.tight(node.base)}"
        return f"{self.tight(node.base)}**{self.tight(node.exp)}"

    def _named(self, node: Named) -> str:
        arguments = [repr(node.name), *map(self.text, (node.meaning, *node.indices))]
        value = f"{self.use('named')}({', '.join(arguments)})"
        return value if loose(node) else self.declared((Named, node), node.name, value)

    # ---- binders ---------------------------------------------------------------------------

    def _function(self, bound: Basic, body: Basic, name: str) -> str:
        """`lambda j: body`, or the family alone where the body is one at the bound index."""
        if isinstance(body, Entry | VectorEntry) and body.indices == (bound,):
            return self._family(body)
        variable = self.fresh(name)
        self._bound[bound] = variable
        text = self.text(body)
        del self._bound[bound]
        self._taken.discard(variable)
        return f"lambda {variable}: {text}"

    def _index(self, name: str) -> str:
        """A variable that holds a loose index of that name and is not in use further out."""
        variables = self._indices.setdefault(name, [])
        for variable in variables:
            if variable not in self._bound.values():
                return variable
        variables.append(self.fresh(name))
        spelled = name if len(variables) == 1 else variables[-1]
        self.lines.append(f"{variables[-1]} = {self.use('index')}({spelled!r})")
        return variables[-1]

    def _binder(self, node: Binder) -> str:
        domain, name = self.text(node.domain), node.bound.name
        if isinstance(node, ForAll | Exists | MapSetSum):
            variable = self._index(name)
            self._bound[node.bound] = variable
            body = self.text(node.body)
            del self._bound[node.bound]
            if isinstance(node, MapSetSum):
                return f"{self.use('MapSetSum')}({body}, {variable}, {domain})"
            quantifier = "for_all" if isinstance(node, ForAll) else "there_is"
            return f"{self.use(quantifier)}({variable}, {domain}, {body})"
        bodies = [self._function(node.bound, body, name) for body in node.args[: node.bodies]]
        if isinstance(node, Softmax):
            bodies.append(self.text(node.at))
        word = {Softmax: "softmax", SoftmaxMean: "softmax_mean"}.get(type(node))
        call = self.use(word or _OVER[type(node)])
        return f"{call}({domain}, {', '.join(bodies)}, {name!r})"

    # ---- sets and maps ---------------------------------------------------------------------

    def _index_set(self, node: IndexSet) -> str:
        identity = (IndexSet, node.name, node.group, node.parent)
        if identity in self._names:
            return self._names[identity]
        if not node.group:
            options = [repr(node.name)]
            if node.parent is not None:
                options.append(f"subset_of={self.text(node.parent)}")
            if node.nonempty:
                options.append("nonempty=True")
            return self.declared(
                identity, node.name, f"{self.use('index_set')}({', '.join(options)})"
            )
        names = node.siblings
        variables = [self.fresh(name) for name in names]
        for name, variable in zip(names, variables, strict=True):
            self._names[(IndexSet, name, node.group, None)] = variable
        options = [*map(repr, names)]
        inhabited = tuple(name for name in names if (name, node.group) in self._inhabited)
        if inhabited:
            options.append(f"nonempty={inhabited!r}")
        self.lines.append(
            f"{', '.join(variables)} = {self.use('index_sets')}({', '.join(options)})"
        )
        return self._names[identity]

    def _index_map(self, node: IndexMap) -> str:
        identity = (IndexMap, node.name, node.source, node.args[3])
        if identity in self._names:
            return self._names[identity]
        source = self.text(node.source)
        if isinstance(node, WinnerMap):
            group = self._function(node.args[2], node.args[3], "j")
            logit = self._function(node.args[4], node.args[5], "t")
            value = f"{self.use('winner_map')}({node.name!r}, {source}, {group}, {logit})"
        elif node.is_dependent:
            raise ValueError(f"the map {node.name} has a dependent target and no winner rule")
        else:
            target = self.text(node.args[3])
            value = f"{self.use('cluster_map')}({node.name!r}, {source}, {target})"
        return self.declared(identity, node.name, value)


def _is_group(node: Union) -> bool:
    """Whether the union is {j} ⊔ a⁻¹(j)."""
    left, right = node.args
    return (
        isinstance(left, Singleton) and isinstance(right, Fibre) and left.args[0] == right.args[1]
    )


def _is_reciprocal(node: Basic) -> bool:
    return isinstance(node, Pow) and node.exp == -1
