"""What there is to see and hear in a session, looked at once for all subscribers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from sfu.allocation.allocator import NOTHING, LayerOffer, Options, Rank, layers_for, options_of
from sfu.forwarding.arranging.layout import Candidate, Cast, Key

if TYPE_CHECKING:
    from sfu.forwarding.incoming.track import Track
    from sfu.forwarding.spanning.remote import Publisher

REFRESH_S: Final = 1.0
"""How long what the layers take is taken for granted."""
WEIGHT: Final = 0.25
"""Of the newest measurement: a keyframe for a newcomer is no reason to give anybody less."""


class Prices:
    """What the layers of each track take, smoothed over some seconds."""

    __slots__ = ("_offers", "_until")

    def __init__(self) -> None:
        self._offers: dict[Track, tuple[LayerOffer, ...]] = {}
        self._until: dict[Track, float] = {}

    def of(self, track: Track, now: float) -> tuple[LayerOffer, ...]:
        if now >= self._until.get(track, 0.0):
            before = {offer.rid: offer for offer in self._offers.get(track, ())}
            self._offers[track] = tuple(_smooth(before.get(o.rid), o) for o in track.offers(now))
            self._until[track] = now + REFRESH_S
        return self._offers[track]

    def forget_others(self, tracks: set[Track]) -> None:
        """Keep those of ``tracks`` alone."""
        for track in self._offers.keys() - tracks:
            del self._offers[track], self._until[track]


class Scene:
    """Public: ``cast``, ``dominant`` (who speaks)."""

    __slots__ = ("_options", "_options_until", "_prices", "_publishers", "cast", "dominant")

    def __init__(
        self, publishers: Iterable[Publisher], dominant: str | None, ranking: Sequence[str], prices: Prices
    ) -> None:
        """``publishers``: everyone, in any order. Leads come first, then who spoke lately, then by arrival."""
        spoke = {participant_id: rank for rank, participant_id in enumerate(ranking)}
        publishing = [publisher for publisher in publishers if publisher.publishing]
        publishing.sort(key=lambda p: (not p.lead, spoke.get(p.id, len(spoke)), p.joined))
        self.cast = Cast.of([Candidate(p.id, p.lead, p.publishing) for p in publishing])
        self.dominant = dominant
        self._publishers = {publisher.id: publisher for publisher in publishing}
        self._prices = prices
        prices.forget_others({track for publisher in publishing for track in publisher.tracks.values()})
        self._options: dict[tuple[Key, Rank, int], Options] = {}
        self._options_until = 0.0

    def track(self, key: Key) -> Track | None:
        """None when it is published no more."""
        publisher = self._publishers.get(key[0])
        return publisher.tracks.get(key[1]) if publisher is not None else None

    def options(self, key: Key, rank: Rank, height: int | None, now: float, *, least: bool = False) -> Options:
        """What may be sent of a track that is shown ``height`` pixels high; ``least``: its lowest layer only."""
        if now >= self._options_until:
            self._options.clear()
            self._options_until = now + REFRESH_S
        track = self.track(key)
        if track is None:
            return NOTHING
        offers = self._prices.of(track, now)
        if least:
            offers = offers[:1]
        about = key, rank, layers_for(rank, offers, height)
        options = self._options.get(about)
        if options is None:
            options = self._options[about] = options_of(rank, offers, height)
        return options


def _smooth(before: LayerOffer | None, offer: LayerOffer) -> LayerOffer:
    if before is None or len(before.bps) != len(offer.bps):
        return offer
    bps = tuple(round(old + (new - old) * WEIGHT) for old, new in zip(before.bps, offer.bps, strict=True))
    return LayerOffer(offer.rid, offer.height, bps, offer.active)
