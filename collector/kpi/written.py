"""Formulas as text: with the names in them, or with the numbers that stand for these."""

from collections.abc import Callable, Iterator

from collector.kpi.formula import Call, Constant, Name, Node, Number, Operation

Leaf = Callable[[Node], str]
"""The text of a name, number or constant."""

_WEIGHT = {"+": 1, "-": 1, "*": 2, "/": 2}


def as_named(node: Node) -> str:
    """A leaf as the formula has it: `spend`, `cac.90d`."""
    match node:
        case Number():
            return format(node.value, "f")
        case Name(window=str()):
            return f"{node.name}.{node.window}"
        case Name() | Constant():
            return node.name
    raise TypeError(f"{node} is no leaf")


def written(node: Node, leaf: Leaf = as_named, *, between: str = ", ") -> str:
    """A formula with as few parentheses as it takes; `between`: what stands between arguments."""
    match node:
        case Operation():
            weight = _WEIGHT[node.sign]
            left = _within(node.left, leaf, between, weight)
            right = _within(node.right, leaf, between, weight + (node.sign in "-/"))
            return f"{left} {node.sign} {right}"
        case Call():
            arguments = between.join(written(each, leaf, between=between) for each in node.arguments)
            return f"{node.function}({arguments})"
    return leaf(node)


def _within(node: Node, leaf: Leaf, between: str, weight: int) -> str:
    text = written(node, leaf, between=between)
    lighter = isinstance(node, Operation) and _WEIGHT[node.sign] < weight
    return f"({text})" if lighter or (not isinstance(node, Operation | Call) and text.startswith("-")) else text


def denominators(node: Node) -> Iterator[Node]:
    """All that a formula divides by, the innermost first."""
    match node:
        case Operation():
            yield from denominators(node.left)
            yield from denominators(node.right)
            if node.sign == "/":
                yield node.right
        case Call():
            for argument in node.arguments:
                yield from denominators(argument)
