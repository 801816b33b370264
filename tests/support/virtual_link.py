"""A line in virtual time: a bottleneck with a queue, a delay, loss, jitter and reordering, all seeded."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from random import Random

IP_AND_UDP_BYTES = 28


@dataclass(frozen=True, slots=True)
class LinkProfile:
    """One direction of a line.

    ``rates``: (from this second on, bit/s) with IP headers; ``queue_s``: what the drop-tail queue holds, in time;
    ``loss``: of packets, independently; ``bursts``: (chance that a packet begins a burst, mean length of one);
    ``jitter_s``: mean of an exponential delay that keeps the order, as of a radio link that retransmits;
    ``reordered``: the share of packets that ``reorder_s`` more delays; ``stalls``: (every, for) so many seconds
    nothing leaves.
    """

    rates: tuple[tuple[float, float], ...]
    delay_s: float = 0.02
    queue_s: float = 0.3
    loss: float = 0.0
    bursts: tuple[float, float] = (0.0, 1.0)
    jitter_s: float = 0.0
    reordered: float = 0.0
    reorder_s: float = 0.02
    stalls: tuple[float, float] = (0.0, 0.0)

    @property
    def open_share(self) -> float:
        """The share of the time in which anything leaves."""
        every, stalled = self.stalls
        return 1 - stalled / every if every else 1.0

    def rate_at(self, now: float) -> float:
        return self.rates[max(0, bisect_right(self.rates, (now, float("inf"))) - 1)][1]


class VirtualLink:
    """Carries packets one after the other; only asked in the order of time."""

    def __init__(self, profile: LinkProfile, random: Random) -> None:
        self.profile = profile
        self._random = random
        self._free_at = 0.0
        self._in_order_at = 0.0
        self._burst_left = 0
        self.waited_s = 0.0
        """How long the last packet that found room waited behind others."""
        self.dropped = self.lost = self.carried = 0

    def queue_s(self, now: float) -> float:
        """How long a packet sent now would wait."""
        return max(0.0, self._free_at - now)

    def send(self, size: int, now: float) -> float | None:
        """When ``size`` bytes of UDP payload arrive; None when they do not."""
        profile, random = self.profile, self._random
        start = max(now, self._free_at)
        every, stalled = profile.stalls
        if every and start % every < stalled:
            start += stalled - start % every
        waited = start - now
        if waited > profile.queue_s:
            self.dropped += 1
            return None
        self.waited_s = waited
        self._free_at = self._served(start, 8 * (size + IP_AND_UDP_BYTES))
        if self._is_lost():
            self.lost += 1
            return None
        self.carried += 1
        arrival = self._free_at + profile.delay_s
        if profile.jitter_s:
            arrival += random.expovariate(1 / profile.jitter_s)
        if profile.reordered and random.random() < profile.reordered:
            return arrival + profile.reorder_s
        self._in_order_at = arrival = max(arrival, self._in_order_at)
        return arrival

    def _served(self, start: float, bits: float) -> float:
        """When that many bits have left, the first at ``start``."""
        while True:
            rates = self.profile.rates
            step = bisect_right(rates, (start, float("inf")))
            rate = rates[max(0, step - 1)][1]
            end = rates[step][0] if step < len(rates) else float("inf")
            if bits <= rate * (end - start):
                return start + bits / rate
            bits -= rate * (end - start)
            start = end

    def _is_lost(self) -> bool:
        random = self._random
        if self._burst_left:
            self._burst_left -= 1
            return True
        chance, mean = self.profile.bursts
        if chance and random.random() < chance:
            while random.random() > 1 / mean:
                self._burst_left += 1
            return True
        return random.random() < self.profile.loss
