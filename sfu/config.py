"""Settings of the media plane (the ``[media]`` table of config.toml)."""

from __future__ import annotations

from typing import Final

import msgspec

STUN_PORT: Final = 3478


def host_and_port(text: str, default: int) -> tuple[str, int]:
    """``host`` or ``host:port`` taken apart; ValueError for anything else."""
    host, colon, port = text.partition(":")
    if not host or (colon and not (port.isascii() and port.isdigit() and 0 < int(port) < 65536)):
        raise ValueError(f"{text!r} must be host:port")
    return host, int(port) if colon else default


class MediaConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Frozen, validated by msgspec when it is decoded."""

    workers: int = 0
    """Media worker processes; 0 means one per core but one, at least one."""
    udp_port: int = 5500
    """First UDP port; worker n listens on udp_port + n. 0 takes free ports."""
    tcp: bool = True
    """Also take media over TCP, on the same port numbers, for networks that let no UDP through."""
    listen: list[str] = msgspec.field(default_factory=lambda: ["0.0.0.0", "::"])
    """Addresses to bind; those this machine does not have are left out."""
    announce: list[str] = []
    """Addresses told to clients; empty means every address of this machine that a client could reach."""
    stun_server: str = ""
    """``host:port``; asked for the public address where ``announce`` is empty and own addresses are private."""
    max_load: float = 0.85
    """Share of a core above which a worker takes nobody new; when all are there, joins are refused."""
    spread_load: float = 0.6
    """Share of a core above which further participants of a session go to another worker; 0 spreads evenly."""

    def __post_init__(self) -> None:
        if not 0 <= self.workers <= 256:
            raise ValueError("workers must be between 0 and 256")
        if not 0 <= self.udp_port <= 65535:
            raise ValueError("udp_port must be between 0 and 65535")
        if self.stun_server:
            host_and_port(self.stun_server, STUN_PORT)
        if not 0.1 <= self.max_load <= 1:
            raise ValueError("max_load must be between 0.1 and 1")
        if not 0 <= self.spread_load <= 1:
            raise ValueError("spread_load must be between 0 and 1")
