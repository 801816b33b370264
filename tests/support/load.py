"""What a busy machine does to a class, measured in the same run, so that it is not put down to the server."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tests.support.network import Namespace
from tests.support.webrtc import InboundVideo, Outbound

LOOK_EVERY_S: Final = 0.2


class Watched:
    """A picture that is looked at every `LOOK_EVERY_S`. Times in seconds."""

    def __init__(self) -> None:
        self.freeze_s = 0.0
        """The longest that it stood still."""
        self._lag_s = 0.0
        self._pause_s = 0.0
        self._first: InboundVideo | None = None
        self._last: InboundVideo | None = None
        self._encoded = -1
        self._encoded_at = 0.0
        self._looked_at = 0.0

    @property
    def held_up_s(self) -> float:
        """The longest that a look took, and that the sender encoded nothing: neither is the server's doing."""
        return self._lag_s + self._pause_s

    def add(self, picture: InboundVideo, sent: Outbound, now: float) -> int:
        """One look, at the picture and at its sender; the frames that came since the first."""
        first, last = self._first, self._last
        if first is None or last is None:
            self._first = first = last = picture
            self._encoded_at = self._looked_at = now
        if picture.freezes > last.freezes:
            self.freeze_s = max(self.freeze_s, picture.frozen_s - last.frozen_s)
        self._pause_s = max(self._pause_s, now - self._encoded_at if sent.frames_encoded <= self._encoded else 0.0)
        self._lag_s = max(self._lag_s, now - self._looked_at - LOOK_EVERY_S)
        if sent.frames_encoded > self._encoded:
            self._encoded, self._encoded_at = sent.frames_encoded, now
        self._last, self._looked_at = picture, now
        return picture.frames_decoded - first.frames_decoded


def overflows(*namespaces: Namespace | None) -> int:
    """Datagrams so far that were dropped at a full receive buffer, since their reader did not get to run.

    None is the namespace that we are in ourselves.
    """
    return sum(_overflows() if namespace is None else _overflows_in(namespace) for namespace in namespaces)


def _overflows_in(namespace: Namespace) -> int:
    with namespace.entered():
        return _overflows()


def _overflows() -> int:
    lines = Path("/proc/thread-self/net/snmp").read_text(encoding="ascii").splitlines()
    names, values = (line.split() for line in lines if line.startswith("Udp:"))
    return int(values[names.index("RcvbufErrors")])
