"""How a mutant of the kernel is made: every condition and check of its source weakened in turn.

The changes are read off the syntax tree, so they follow the kernel when it changes: a guard that
never raises, a condition with one operand less, a test that always says yes, a sign believed to be
larger, a hypothesis lost, a comparison at its boundary, a binder miscounted.
"""

import ast
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

# What is known, asked by name: True is always the optimistic answer.
KNOWLEDGE = {
    "subset", "member", "disjoint", "inhabited", "is_empty", "is_nonzero", "is_positive", "is_atom",
    "is_multiple", "_known_nonzero", "_is_multiplier", "has_member", "_divides",
}  # fmt: skip
CHECKS = ("require", "_require", "check_", "_check", "_accept")
SAID = ("require", "_require", "_accept")  # checks whose first argument must hold
# What is called for its refusals alone, where nothing is done with the result.
REFUSERS = ("relation", "normal_form")
STRONGER = {"POSITIVE": ["NONNEGATIVE"], "NONNEGATIVE": ["POSITIVE"], "UNKNOWN": ["POSITIVE"]}
RELATIONS = {"le": "lt", "lt": "le", "eq": "le", "all": "exists", "exists": "all",
             "empty": "nonempty", "nonempty": "empty"}  # fmt: skip
BOUNDARY = {ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">"}
COLLECTORS = {"free_indices", "maps_of", "context_of", "union", "nodes"}


@dataclass(frozen=True)
class Mutant:
    """One change of one file: its name, and the whole changed source."""

    name: str
    kind: str
    file: str
    line: int
    source: str


Weakening = Callable[[ast.expr], Iterator[ast.expr]]


# ---- changes of conditions: each alternative is true less often, or more often ------------------


def less_often(test: ast.expr) -> Iterator[ast.expr]:
    """Conditions that hold in fewer cases."""
    if isinstance(test, ast.BoolOp):
        if isinstance(test.op, ast.Or):
            yield from one_less(test)
        yield from inside(test, less_often)
    elif isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        for changed in more_often(test.operand):
            yield ast.UnaryOp(ast.Not(), changed)
    elif is_call(test, {"bool"}):
        yield from less_often(test.args[0])
    elif is_call(test, {"any"}):
        yield with_name(test, "all")
        yield from in_generator(test, less_often)
    elif is_call(test, {"all"}):
        yield from in_generator(test, less_often)
    elif isinstance(test, ast.Compare) and len(test.ops) > 1:
        yield from links(test)


def more_often(test: ast.expr) -> Iterator[ast.expr]:
    """Conditions that hold in more cases."""
    if isinstance(test, ast.BoolOp):
        if isinstance(test.op, ast.And):
            yield from one_less(test)
        yield from inside(test, more_often)
    elif isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        for changed in less_often(test.operand):
            yield ast.UnaryOp(ast.Not(), changed)
    elif is_call(test, {"bool"}):
        yield from more_often(test.args[0])
    elif is_call(test, {"all"}):
        yield with_name(test, "any")
        yield from in_generator(test, more_often)
    elif is_call(test, {"any"}):
        yield from in_generator(test, more_often)
    elif isinstance(test, ast.Compare) and len(test.ops) > 1:
        yield from links(test)


def one_less(test: ast.BoolOp) -> Iterator[ast.expr]:
    for gone in range(len(test.values)):
        kept = test.values[:gone] + test.values[gone + 1 :]
        yield kept[0] if len(kept) == 1 else ast.BoolOp(test.op, kept)


def inside(test: ast.BoolOp, change: Weakening) -> Iterator[ast.expr]:
    for position, value in enumerate(test.values):
        for changed in change(value):
            yield ast.BoolOp(
                test.op, [*test.values[:position], changed, *test.values[position + 1 :]]
            )


def links(test: ast.Compare) -> Iterator[ast.expr]:
    """A chain a < b < c with one of its comparisons dropped."""
    terms = [test.left, *test.comparators]
    for gone in (0, len(test.ops) - 1):
        kept = terms[1:] if gone == 0 else terms[:-1]
        ops = test.ops[1:] if gone == 0 else test.ops[:-1]
        yield ast.Compare(kept[0], ops, kept[1:])


def in_generator(test: ast.Call, change: Weakening) -> Iterator[ast.expr]:
    (argument,) = test.args
    if isinstance(argument, ast.GeneratorExp):
        for changed in change(argument.elt):
            yield ast.Call(test.func, [ast.GeneratorExp(changed, argument.generators)], [])


def is_call(node: ast.AST, names: set[str]) -> bool:
    return isinstance(node, ast.Call) and called(node) in names


def called(node: ast.Call) -> str:
    function = node.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def with_name(node: ast.Call, name: str) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), node.args, node.keywords)


# ---- where they are applied --------------------------------------------------------------------


def gives_up(body: list[ast.stmt]) -> bool:
    """Whether a branch raises, or says that nothing is known."""
    last = body[-1]
    if isinstance(last, ast.Raise | ast.Continue):
        return True
    if isinstance(last, ast.Return):
        said = ast.unparse(last.value) if last.value else "None"
        return said in ("False", "None", "UNKNOWN") or said.endswith(".UNKNOWN")
    return False


def is_check(node: ast.AST) -> bool:
    """Whether a statement only refuses."""
    if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)):
        return False
    return called(node.value).startswith(CHECKS) or called(node.value) in REFUSERS


def compares(test: ast.expr) -> bool:
    """Whether a condition is about which terms these are."""
    kinds = (ast.Eq, ast.NotEq, ast.In, ast.NotIn)
    return any(isinstance(n, ast.Compare) and isinstance(n.ops[0], kinds) for n in ast.walk(test))


def asks(test: ast.expr) -> bool:
    """Whether a condition depends on what is known, or on which indices are free."""
    wanted = KNOWLEDGE | {"sign", "_sign"}
    return any(
        is_call(node, wanted)
        or (isinstance(node, ast.Attribute) and node.attr in ("free", "loose"))
        for node in ast.walk(test)
    )


Change = tuple[str, ast.AST, str]


def changes(tree: ast.AST, returns: str, file: str) -> Iterator[Change]:
    """(kind, node, replacement text) for one function."""
    for node in ast.walk(tree):
        yield from of_branches(node)
        yield from of_statements(node, returns)
        yield from of_expressions(node)
        if file in ("rules.py", "symbols.py", "theorem.py"):
            yield from of_rules(node)


def of_branches(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.If):
        if gives_up(node.body):
            raises = isinstance(node.body[-1], ast.Raise)
            yield ("guard dropped" if raises else "doubt dropped"), node.test, "False"
            for changed in less_often(node.test):
                yield "guard weakened", node.test, ast.unparse(changed)
        else:
            if asks(node.test):
                yield "branch always taken", node.test, "True"
            elif compares(node.test):
                yield "condition forgotten", node.test, "True"
            for changed in more_often(node.test):
                yield "condition weakened", node.test, ast.unparse(changed)
            if is_check(node.body[-1]):
                for changed in less_often(node.test):
                    yield "guard weakened", node.test, ast.unparse(changed)
    elif isinstance(node, ast.IfExp) and asks(node.test):
        yield "choice fixed", node.test, "True"
        yield "choice fixed", node.test, "False"
    elif isinstance(node, ast.comprehension):
        for test in node.ifs:
            yield "filter dropped", test, "True"
            for changed in more_often(test):
                yield "filter weakened", test, ast.unparse(changed)


def of_statements(node: ast.AST, returns: str) -> Iterator[Change]:
    if isinstance(node, ast.Return) and node.value is not None:
        said = ast.unparse(node.value)
        if returns == "bool" and said != "True":
            yield "always yes", node.value, "True"
            for changed in more_often(node.value):
                yield "answer weakened", node.value, ast.unparse(changed)
        if returns == "Sign" and said != "Sign.POSITIVE":
            yield "always positive", node.value, "Sign.POSITIVE"
    elif is_check(node):
        call: ast.Call = node.value  # type: ignore[attr-defined]
        yield "check dropped", node, "pass"
        if called(call) in SAID:
            for changed in more_often(call.args[0]):
                yield "check weakened", call.args[0], ast.unparse(changed)
    elif isinstance(node, ast.Assign):
        if is_call(node.value, {"require_sign"}):
            asked: ast.Call = node.value  # type: ignore[assignment]
            owner = ast.unparse(asked.func.value)  # type: ignore[attr-defined]
            yield "check dropped", asked, f"{owner}.sign({ast.unparse(asked.args[0])})"
        for changed in more_often(node.value):
            yield "condition weakened", node.value, ast.unparse(changed)
    elif isinstance(node, ast.AugAssign):
        yield "update dropped", node, "pass"
        for changed in more_often(node.value):
            yield "condition weakened", node.value, ast.unparse(changed)


def of_expressions(node: ast.AST) -> Iterator[Change]:
    if is_call(node, KNOWLEDGE):
        yield "believed", node, "True"
    elif is_call(node, {"require_sign"}):
        strict = node.args[1]  # type: ignore[attr-defined]
        if ast.unparse(strict) != "False":
            yield "sign changed", strict, "False"
    elif isinstance(node, ast.Attribute) and ast.unparse(node.value) == "Sign":
        for other in STRONGER.get(node.attr, ()):
            yield "sign changed", node, f"Sign.{other}"
    elif isinstance(node, ast.Compare):
        if type(node.ops[0]) in BOUNDARY and len(node.ops) == 1 and "MAX_" not in ast.unparse(node):
            right = ast.unparse(node.comparators[0])
            text = f"{ast.unparse(node.left)} {BOUNDARY[type(node.ops[0])]} {right}"
            yield "boundary moved", node, f"({text})"
    elif isinstance(node, ast.UnaryOp) and ast.unparse(node) == "-1":
        yield "minus lost", node, "1"
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        right = node.right
        if isinstance(right, ast.Compare) or ast.unparse(right).isdigit():
            yield "count off by some", node, f"({ast.unparse(node.left)})"
    elif is_call(node, COLLECTORS) and len(node.args) > 1:  # type: ignore[attr-defined]
        call: ast.Call = node  # type: ignore[assignment]
        for gone in range(len(call.args)):
            kept = call.args[:gone] + call.args[gone + 1 :]
            yield "argument forgotten", node, ast.unparse(ast.Call(call.func, kept, call.keywords))
    elif isinstance(node, ast.Tuple) and any(isinstance(e, ast.Starred) for e in node.elts):
        for gone in range(len(node.elts)):
            kept = node.elts[:gone] + node.elts[gone + 1 :]
            yield "item forgotten", node, ast.unparse(ast.Tuple(kept, ast.Load()))


def of_rules(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr | ast.Sub):
        if isinstance(node.op, ast.BitOr):
            yield "side forgotten", node, f"({ast.unparse(node.right)})"
        yield "side forgotten", node, f"({ast.unparse(node.left)})"
    elif is_call(node, {"Sequent"}):
        call: ast.Call = node  # type: ignore[assignment]
        yield "hypotheses lost", call.args[0], "frozenset()"
        if len(call.args) > 2:
            yield "index wrongly closed", call.args[2], "frozenset()"
    elif is_call(node, {"relation"}) and len(node.args) == 3:  # type: ignore[attr-defined]
        call = node  # type: ignore[assignment]
        op, left, right = map(ast.unparse, call.args)
        yield "sides exchanged", node, f"relation({op}, {right}, {left})"
    elif is_call(node, {"_parts"}):
        call = node  # type: ignore[assignment]
        given = ast.unparse(call.args[0])
        for group in ({"le", "lt", "eq"}, {"all", "exists"}, {"sum", "max"}):
            ops = {ast.unparse(argument).strip("'") for argument in call.args[1:]}
            if ops & group and group - ops:
                wider = ", ".join(repr(op) for op in sorted(ops | group))
                yield "more shapes", node, f"_parts({given}, {wider})"
    elif isinstance(node, ast.Constant) and node.value in RELATIONS:
        yield "relation changed", node, repr(RELATIONS[str(node.value)])


def functions(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef]]:
    """Every function with its dotted name; a function inside another is part of it."""
    stack: list[tuple[str, ast.AST]] = [("", tree)]
    while stack:
        prefix, node = stack.pop(0)
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef):
                yield f"{prefix}{child.name}", child
            elif isinstance(child, ast.ClassDef):
                stack.append((f"{prefix}{child.name}.", child))


def made_from(path: Path) -> Iterator[Mutant]:
    """All mutants of one file."""
    source = path.read_text("utf-8")
    lines = source.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line.encode()))
    raw = source.encode()
    seen: Counter[str] = Counter()
    for name, function in functions(ast.parse(source)):
        returns = ast.unparse(function.returns) if function.returns else ""
        body = ast.Module(function.body, [])
        for kind, node, text in changes(body, returns, path.name):
            begin = starts[node.lineno - 1] + node.col_offset
            end = starts[node.end_lineno - 1] + node.end_col_offset
            before = " ".join(raw[begin:end].decode().split())
            if text == before or is_message(raw, begin):
                continue
            label = f"{path.name}: {name}: {kind}: {before} ⇒ {text}"
            seen[label] += 1
            if seen[label] > 1:
                label += f" (no. {seen[label]})"
            changed = (raw[:begin] + text.encode() + raw[end:]).decode()
            if ast.dump(ast.parse(changed)) != ast.dump(ast.parse(source)):
                yield Mutant(label, kind, path.name, node.lineno, changed)


def is_message(raw: bytes, begin: int) -> bool:
    """Whether the place is inside the text of an f-string, which is for people."""
    line = raw[raw.rfind(b"\n", 0, begin) + 1 : begin]
    return b'f"' in line
