"""Types, spelled so that equal ones read the same: by what names mean, not by how a module imports them."""

from __future__ import annotations

import ast
from collections.abc import Iterable


def canonical(text: str) -> str:
    """A type expression with its unions flattened and sorted; what is no expression stays as it is."""
    try:
        return ast.unparse(_canonical(ast.parse(text, mode="eval").body))
    except SyntaxError:
        return text


def members(text: str) -> frozenset[str]:
    """The members of a union; a type that is none has itself."""
    try:
        return frozenset(ast.unparse(node) for node in _union(ast.parse(text, mode="eval").body))
    except SyntaxError:
        return frozenset({text})


def _canonical(node: ast.expr) -> ast.expr:
    nodes = sorted((_inside(member) for member in _union(node)), key=ast.unparse)
    unique = list({ast.unparse(member): member for member in nodes}.values())
    result = unique[0]
    for member in unique[1:]:
        result = ast.BinOp(result, ast.BitOr(), member)
    return result


def _inside(node: ast.expr) -> ast.expr:
    match node:
        case ast.Subscript(value, ast.Tuple(elements, context), outer):
            return ast.Subscript(value, ast.Tuple([_canonical(element) for element in elements], context), outer)
        case ast.Subscript(value, ast.expr() as inner, outer):
            return ast.Subscript(value, _canonical(inner), outer)
        case ast.List(elements, context):
            return ast.List([_canonical(element) for element in elements], context)
        case _:
            return node


def _union(node: ast.expr) -> Iterable[ast.expr]:
    match node:
        case ast.BinOp(left, ast.BitOr(), right):
            return [*_union(left), *_union(right)]
        case ast.Subscript(ast.Attribute(ast.Name("typing"), "Optional"), ast.expr() as inner):
            return [*_union(inner), ast.Constant(None)]
        case ast.Subscript(ast.Attribute(ast.Name("typing"), "Union"), ast.Tuple(elements)):
            return [member for element in elements for member in _union(element)]
        case ast.Subscript(ast.Attribute(ast.Name("typing"), "Annotated"), ast.Tuple(elements)):
            return _union(elements[0])
        case _:
            return [node]
