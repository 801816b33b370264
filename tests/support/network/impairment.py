"""What one direction of a link does to each packet: sans-IO, decided from a seed."""

from __future__ import annotations

import random

import msgspec


class Impairment(msgspec.Struct, frozen=True, kw_only=True):
    """One direction of a link. The default lets everything through at once."""

    loss: float = 0.0
    """Part of the packets that is lost, 0 to 1."""
    delay_s: float = 0.0
    rate_bps: int = 0
    """0 is no limit."""
    queue_s: float = 0.3
    """A packet that would wait longer than this for its turn is dropped (tail drop)."""
    jitter_s: float = 0.0
    """Up to this much more delay, drawn for each packet; none overtakes another by it."""
    reorder: float = 0.0
    """Part of the packets that overtakes those before it, 0 to 1: they skip the delay, half of it at most."""
    drops_udp: bool = False
    """As some networks do."""
    drops_udp_of_ipv4: bool = False


class Counters(msgspec.Struct, kw_only=True):
    """What happened to the packets of one direction."""

    passed: int = 0
    lost: int = 0
    overflowed: int = 0
    reordered: int = 0
    refused: int = 0
    bytes: int = 0
    """Of IP packets that passed, headers included."""
    udp_bytes: int = 0


class Shaper:
    """Decides for each packet of one direction when it comes out, if at all."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._free_at = 0.0
        self._last_out = 0.0
        self.impairment = Impairment()
        self.counters = Counters()

    def admit(self, size: int, now: float, *, is_udp: bool = True, is_ipv4: bool = True) -> float | None:
        """The time at which a packet of ``size`` bytes that came in ``now`` (seconds) comes out; None: never."""
        impairment, counters = self.impairment, self.counters
        if is_udp and (impairment.drops_udp or (is_ipv4 and impairment.drops_udp_of_ipv4)):
            counters.refused += 1
            return None
        if impairment.loss and self._random.random() < impairment.loss:
            counters.lost += 1
            return None
        out_at = now
        if impairment.rate_bps:
            start = max(now, self._free_at)
            if start - now > impairment.queue_s:
                counters.overflowed += 1
                return None
            out_at = self._free_at = start + size * 8 / impairment.rate_bps
        counters.passed += 1
        counters.bytes += size
        if is_udp:
            counters.udp_bytes += size
        out_at += impairment.delay_s
        if impairment.jitter_s:
            out_at += self._random.random() * impairment.jitter_s
        if impairment.reorder and self._random.random() < impairment.reorder:
            counters.reordered += 1
            return out_at - impairment.delay_s * self._random.random() / 2
        self._last_out = out_at = max(out_at, self._last_out)
        return out_at
