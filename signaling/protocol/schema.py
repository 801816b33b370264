"""Reads the protocol's structs by ``msgspec.inspect`` into what generators need: names, types, limits, docs."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import Any, Literal, get_origin

import msgspec
from msgspec import inspect as mi

from signaling.protocol import base
from signaling.protocol.registry import SUBJECTS
from signaling.protocol.rest import Route


class Field(msgspec.Struct, frozen=True):
    """One field as it crosses the wire. ``limits`` is a sentence, empty when there is none."""

    name: str
    type: str
    optional: bool
    limits: str


class Shape(msgspec.Struct, frozen=True):
    """One struct as it crosses the wire."""

    name: str
    doc: str
    fields: tuple[Field, ...]


def doc_of(cls: type[Any]) -> str:
    """The docstring as one paragraph of Markdown."""
    return " ".join(inspect.cleandoc(cls.__doc__ or "").split()).replace("``", "`")


def shape_of(cls: type[msgspec.Struct]) -> Shape:
    info = mi.type_info(cls)
    assert isinstance(info, mi.StructType)
    fields = tuple(
        Field(name=f.encode_name, type=ts_type(f.type), optional=not f.required, limits=limits_of(f.type))
        for f in info.fields
    )
    return Shape(name=cls.__name__, doc=doc_of(cls), fields=fields)


def ts_type(info: mi.Type) -> str:
    """The TypeScript type of a msgspec type; enough of them for this protocol, an unknown one is an error."""
    match info:
        case mi.Metadata(type=inner):
            return ts_type(inner)
        case mi.StructType(cls=cls):
            return cls.__name__
        case mi.LiteralType(values=values):
            return _alias(values) or " | ".join(f'"{v}"' for v in values)
        case mi.ListType(item_type=item):
            text = ts_type(item)
            return f"({text})[]" if " " in text else f"{text}[]"
        case mi.DictType(key_type=key, value_type=value):
            return f"Record<{ts_type(key)}, {ts_type(value)}>"
        case mi.UnionType(types=types):
            return " | ".join(ts_type(t) for t in _none_last(types))
    return _PLAIN[type(info)]


def limits_of(info: mi.Type) -> str:
    """What a value must satisfy beyond its type, as a short sentence."""
    match info:
        case mi.Metadata(type=inner):
            return limits_of(inner)
        case mi.UnionType(types=types):
            return "; ".join(filter(None, (limits_of(t) for t in types)))
        case mi.StrType(min_length=low, max_length=high, pattern=pattern):
            parts = [_range(low, high, "characters"), _pattern(pattern) if pattern else ""]
            return ", ".join(filter(None, parts))
        case mi.ListType(min_length=low, max_length=high) | mi.DictType(min_length=low, max_length=high):
            return _range(low, high, "entries")
    return ""


def structs() -> tuple[type[msgspec.Struct], ...]:
    """Every struct of the protocol, in the order it is written in the source."""
    found: list[type[msgspec.Struct]] = []
    for module in SUBJECTS:
        for value in vars(module).values():
            if (
                isinstance(value, type)
                and issubclass(value, msgspec.Struct)
                and value.__module__ == module.__name__
                and not value.__name__.startswith("_")
                and value not in (base.Wire, Route)
            ):
                found.append(value)
    return tuple(found)


_PLAIN: dict[type[mi.Type], str] = {
    mi.AnyType: "unknown",
    mi.BoolType: "boolean",
    mi.CustomType: "unknown",
    mi.DateTimeType: "Timestamp",
    mi.FloatType: "number",
    mi.IntType: "number",
    mi.NoneType: "null",
    mi.StrType: "string",
}

_PATTERNS = {
    r"^[A-Za-z0-9_-]+\Z": "letters, digits, `_` and `-` only",
    r"^([01][0-9]|2[0-3]):[0-5][0-9]\Z": "HH:MM",
}


def _home(name: str) -> str:
    """The module of the protocol that defines a name, not one that imports it: the first, as subjects build on
    those before."""
    return next(module.__name__ for module in SUBJECTS if name in vars(module))


ALIASES: dict[str, tuple[str, ...]] = {
    name: value.__args__
    for module in SUBJECTS
    for name, value in vars(module).items()
    if get_origin(value) is Literal and module.__name__ == _home(name)
}


def _pattern(pattern: str) -> str:
    return _PATTERNS.get(pattern) or f"matching `{pattern}`"


def _alias(values: Iterable[object]) -> str | None:
    wanted = set(values)
    return next((name for name, options in ALIASES.items() if set(options) == wanted), None)


def _none_last(types: tuple[mi.Type, ...]) -> list[mi.Type]:
    return sorted(types, key=lambda t: isinstance(t, mi.NoneType))


def _range(low: int | None, high: int | None, unit: str) -> str:
    if low is None and high is None:
        return ""
    if high is None:
        return f"at least {low} {unit}"
    return f"{low or 0} to {high} {unit}"
