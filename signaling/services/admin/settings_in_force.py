"""The settings in force, and where each comes from. Secrets stay here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from signaling.config import Config, Origin
from signaling.identity import Identity
from signaling.protocol import admin as wire
from signaling.services.access import Access

SECRETS = frozenset(
    {"auth.secret", "email.password", "turn.secret", "turn.credential", "notifications.vapid_private_key"}
)


class SettingsInForce:
    def __init__(self, *, access: Access, config: Config, origins: Mapping[str, Origin], version: str) -> None:
        """``origins`` of those that are set, by their names."""
        self._access = access
        self._config = config
        self._origins = origins
        self._version = version

    def list_(self, who: Identity) -> wire.SettingsInForce:
        """Raises `Forbidden`."""
        self._access.require_global(who, "see-server")
        return wire.SettingsInForce(version=self._version, items=settings_of(self._config, self._origins))


def settings_of(config: Config, origins: Mapping[str, Origin]) -> list[wire.Setting]:
    defaults = dict(_leaves(msgspec.to_builtins(Config())))
    return [
        _shown(name, value, defaults[name], origins.get(name))
        for name, value in _leaves(msgspec.to_builtins(config))
    ]


def _shown(name: str, value: Any, default: Any, origin: Origin | None) -> wire.Setting:
    is_secret = name in SECRETS
    return wire.Setting(
        name=name,
        value=None if is_secret else _written(value),
        default=_written(default),
        is_secret=is_secret,
        is_set=bool(value) if is_secret else value != default,
        source=origin.source if origin is not None else "default",
        where=origin.where if origin is not None else "",
    )


def _leaves(table: dict[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{above}{key}.")
        else:
            yield above + key, value


def _written(value: Any) -> str:
    """As TOML writes it, which for these types is as JSON does."""
    if isinstance(value, list):
        return f"[{', '.join(map(_written, value))}]"
    return msgspec.json.encode(_harmless(value)).decode()


def _harmless(value: Any) -> Any:
    """A URL without what may be secret in it: who signs in, and the query. Whatever stands before the last "@" is
    left out: drivers also take passwords with characters at which a URL would end."""
    if not isinstance(value, str) or "://" not in value:
        return value
    scheme, _, rest = value.partition("://")
    before, at, place = rest.rpartition("@")
    if "?" in before:
        # a password with "?", or a query with "@": nobody knows which
        return f"{scheme}://…"
    place, query, _ = place.partition("#")[0].partition("?")
    return f"{scheme}://{'…@' if at else ''}{place}{'?…' if query else ''}"
