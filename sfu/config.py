"""Settings of the media plane (the ``[media]`` table of config.toml)."""

from __future__ import annotations

import msgspec


class MediaConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Frozen, validated by msgspec when it is decoded."""

    workers: int = 0
    """Media worker processes; 0 means one per core but one, at least one."""
    udp_port: int = 5500
    """First UDP port; worker n listens on udp_port + n. 0 takes free ports."""
    listen: list[str] = msgspec.field(default_factory=lambda: ["0.0.0.0", "::"])
    """Addresses to bind; those this machine does not have are left out."""
    announce: list[str] = []
    """Addresses told to clients; empty means every address of this machine that a client could reach."""

    def __post_init__(self) -> None:
        if not 0 <= self.workers <= 256:
            raise ValueError("workers must be between 0 and 256")
        if not 0 <= self.udp_port <= 65535:
            raise ValueError("udp_port must be between 0 and 65535")
