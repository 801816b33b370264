"""From the words of the protocol to those of the media plane, and back."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import sfu.errors
from sfu.messages import ParticipantHealth, SlotState, Source, Wish
from signaling.errors import BadOffer, BadRequest, MediaUnavailable, Overloaded, Refusal
from signaling.protocol import base, reception
from signaling.protocol import session as wire

_REFUSALS: dict[str, Callable[[str], Refusal]] = {
    sfu.errors.BadSdp.code: BadOffer,
    sfu.errors.BadCommand.code: BadRequest,
    sfu.errors.Overloaded.code: Overloaded,
}


def refusal(error: sfu.errors.SfuError) -> Refusal:
    return _REFUSALS.get(error.code, MediaUnavailable)(str(error))


def slots(states: list[SlotState]) -> list[wire.Slot]:
    return [
        wire.Slot(
            mid=state.mid,
            kind=state.kind,
            participant_id=state.participant_id,
            paused=state.paused,
            source=None if state.source is None else state.source.value,
        )
        for state in states
    ]


def health(line: ParticipantHealth) -> reception.ParticipantHealth:
    """As the protocol has it; what cannot be is cut off."""
    return reception.ParticipantHealth(
        participant_id=line.participant_id,
        quality=line.quality.value,
        reception=line.reception.value,
        round_trip_ms=None if line.rtt_s is None else round(line.rtt_s * 1000),
        loss_down=_share(line.loss_down),
        loss_up=_share(line.loss_up),
        estimate_kbps=None if line.estimate_bps is None else round(line.estimate_bps / 1000),
        frozen=_share(line.frozen) or 0.0,
        b_frames=line.b_frames,
    )


def _share(value: float | None) -> float | None:
    return None if value is None else round(min(1.0, max(0.0, value)), 3)


def sources(found: frozenset[base.Source]) -> frozenset[Source]:
    return frozenset(map(Source, found))


def wishes(found: tuple[Wish, ...] | None) -> list[Wish] | None:
    return None if found is None else list(found)


def wished(wishes: Sequence[reception.TrackWish] | None) -> tuple[Wish, ...] | None:
    if wishes is None:
        return None
    return tuple(
        Wish(participant_id=one.participant_id, source=Source(one.source), height=one.height) for one in wishes
    )
