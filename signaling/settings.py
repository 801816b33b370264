"""Loads the settings: config.toml, then ``PODIUM__…`` environment variables over it.

Every mistake is a `ConfigError` that names the file and line (or the variable), the key, and what was expected.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import inspect as mi

from signaling.config import Config, Origin
from signaling.errors import ConfigError

PREFIX = "PODIUM__"
DEFAULT_FILE = Path("config.toml")

_WHERE = re.compile(r" - at `(?:key in )?`?\$?(?P<path>[^`]*)`")


def load(file: Path | None, environ: Mapping[str, str]) -> Config:
    """The settings. ``file`` None means ./config.toml if there is one. Raises `ConfigError`."""
    return load_with_origins(file, environ)[0]


def load_with_origins(file: Path | None, environ: Mapping[str, str]) -> tuple[Config, dict[str, Origin]]:
    """As `load`; and where those settings come from that are set, by their dotted names."""
    if file is None and DEFAULT_FILE.is_file():
        file = DEFAULT_FILE
    data: dict[str, Any] = {}
    text = ""
    if file is not None:
        text = _read(file)
        try:
            data = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise ConfigError(f"{file}: this is not TOML: {error}") from None
        _convert(data, lambda path: _in_file(file, text, path))
    origins = {path: Origin("file", _in_file(file, text, path)) for path in _set_in(data)} if file else {}
    names = sorted(name for name in environ if name.startswith(PREFIX))
    for name in names:
        _override(data, name, environ[name])
        path = name.removeprefix(PREFIX).lower().replace("__", ".")
        origins[path] = Origin("environment", name)
    return _convert(data, lambda path: _in_environment(names, path)), origins


def _set_in(data: dict[str, Any], above: str = "") -> Iterator[str]:
    """The dotted names of what is set."""
    for key, value in data.items():
        if isinstance(value, dict):
            yield from _set_in(value, f"{above}{key}.")
        else:
            yield above + key


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ConfigError(f"{file}: cannot be read: {reason}") from None


def _convert(data: dict[str, Any], where: Callable[[str], str]) -> Config:
    try:
        return msgspec.convert(data, Config)
    except msgspec.ValidationError as error:
        text = str(error)
        found = _WHERE.search(text)
        path = found["path"].lstrip(".") if found else ""
        reason = text[: found.start()] if found else text
        if unknown := re.search(r"unknown field `([^`]+)`", reason):
            path = ".".join(filter(None, (path, unknown[1])))
            reason = f"there is no such setting{_expected(path)}"
        elif (named := reason.split(" ", 1)[0]) in _names(path):
            # a check of the whole table: the reason begins with the setting's name
            path = ".".join(filter(None, (path, named)))
        elif "enum value" in reason and (options := _options(path)):
            reason += f", expected one of {options}"
        key = f"{path}: " if path else ""
        raise ConfigError(f"{where(path)}: {key}{reason}") from None


def _in_file(file: Path, text: str, path: str) -> str:
    line = line_of(text, path)
    return f"{file}:{line}" if line else str(file)


def _in_environment(names: list[str], path: str) -> str:
    wanted = PREFIX + path.split("[")[0].replace(".", "__").upper()
    return f"environment variable {wanted}" if wanted in names else f"environment variables {', '.join(names)}"


def line_of(text: str, path: str) -> int | None:
    """The line (from 1) where a dotted key is set, or where its table begins; None when it cannot be found."""
    *table, key = path.split("[")[0].split(".")
    wanted, current, header = ".".join(table), "", None
    for number, line in enumerate(text.splitlines(), 1):
        if match := re.match(r"\s*\[([^\[\]]+)\]", line):
            current = match[1].strip()
            if current in (wanted, path):
                header = number
        elif current == wanted and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*[=.]", line):
            return number
    return header


def _expected(path: str) -> str:
    table = path.rpartition(".")[0]
    place = f"in [{table}]" if table else "at the top level"
    return f"; {place} there are: {', '.join(_names(table))}"


def _names(table: str) -> list[str]:
    """The settings of a table, none when it is not one."""
    info = _type_of(table)
    return [f.name for f in info.fields] if isinstance(info, mi.StructType) else []


def _options(path: str) -> str:
    info = _type_of(path)
    return ", ".join(map(str, info.values)) if isinstance(info, mi.LiteralType) else ""


def _type_of(path: str) -> mi.Type | None:
    info: mi.Type | None = mi.type_info(Config)
    for name in filter(None, path.split(".")):
        fields = {f.name: f.type for f in info.fields} if isinstance(info, mi.StructType) else {}
        info = fields.get(name)
    return info


def _override(data: dict[str, Any], name: str, text: str) -> None:
    keys = name.removeprefix(PREFIX).lower().split("__")
    info: mi.Type = mi.type_info(Config)
    for depth, key in enumerate(keys):
        fields = {f.name: f.type for f in info.fields} if isinstance(info, mi.StructType) else {}
        if key not in fields:
            raise ConfigError(f"environment variable {name}: {'.'.join(keys)}: there is no such setting")
        info = fields[key]
        if depth < len(keys) - 1:
            data = data.setdefault(key, {})
    if isinstance(info, mi.StructType):
        names = ", ".join(f"{name}__{f.name.upper()}" for f in info.fields)
        raise ConfigError(f"environment variable {name}: is a table; set one of {names}")
    data[keys[-1]] = _parse(info, name, text)


def _parse(info: mi.Type, name: str, text: str) -> Any:
    """The text of a variable as the type of its setting; what does not fit is left for msgspec to name."""
    if isinstance(info, mi.ListType):
        if text.lstrip().startswith("["):
            try:
                return msgspec.json.decode(text)
            except msgspec.DecodeError as error:
                raise ConfigError(f"environment variable {name}: not a JSON list: {error}") from None
        return [part.strip() for part in text.split(",") if part.strip()]
    if isinstance(info, mi.BoolType):
        return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}.get(
            text.lower(), text
        )
    if isinstance(info, mi.IntType | mi.FloatType):
        try:
            return int(text) if isinstance(info, mi.IntType) else float(text)
        except ValueError:
            return text
    return text
