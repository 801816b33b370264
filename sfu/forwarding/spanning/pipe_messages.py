"""What two workers say to each other about a session that is on both.

A message may come for something that is gone already, and then has no effect. Times are of the monotonic clock,
which the processes of a machine share. ``handle`` is a participant's number, given by the worker that has its
transport; ``layer`` counts the layers of its tracks in the order told.
"""

from __future__ import annotations

import msgspec

from sfu.messages import Source


class _Message(msgspec.Struct, frozen=True, array_like=True, tag=True, forbid_unknown_fields=True):
    pass


class Hello(_Message, frozen=True):
    """The first word on a pipe: the number of the worker that opened it."""

    worker: int


class Enter(_Message, frozen=True):
    """The session is here, too: tell who is with you."""


class Exit(_Message, frozen=True):
    """The session is here no more."""


class TrackInfo(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    source: Source
    rids: tuple[str, ...]
    """Of its layers, the lowest first; "" without simulcast."""
    codec_keys: tuple[str | None, ...]
    """None as long as no packet came."""


class Present(_Message, frozen=True):
    """A participant, whole: who came, or what changed of it. ``joined``: when, for the order."""

    handle: int
    participant_id: str
    lead: bool
    joined: float
    publishing: frozenset[Source]
    tracks: tuple[TrackInfo, ...]


class Absent(_Message, frozen=True):
    """A participant left, or is being replaced."""

    handle: int


class Subscribe(_Message, frozen=True):
    """Somebody over here wants the layer: send what there is of a picture, and go on."""

    handle: int
    layer: int


class Unsubscribe(_Message, frozen=True):
    handle: int
    layer: int


class KeyframeWanted(_Message, frozen=True):
    handle: int
    layer: int


class StreamBegins(_Message, frozen=True):
    """The numbers of a layer start anew, or start at all."""

    handle: int
    layer: int
    ssrc: int
    codec_key: str
    clock_rate: int


class Packet(_Message, frozen=True):
    """See `sfu.forwarding.media_packet.MediaPacket`."""

    sequence: int
    timestamp: int
    marker: bool
    arrival: float
    keyframe: bool
    padding_only: bool
    payload: bytes
    dependency_descriptor: bytes | None


class Media(_Message, frozen=True):
    """One packet, live."""

    handle: int
    layer: int
    packet: Packet


class Replay(_Message, frozen=True):
    """The newest keyframe of a layer and what followed it, for somebody who just began to watch."""

    handle: int
    layer: int
    packets: tuple[Packet, ...]


class LayerState(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What a layer brings, whether it crosses or not; see `sfu.forwarding.incoming.offers`."""

    flowing: bool
    height: int
    bps: tuple[int, ...]
    absent_until: float


class LayersTold(_Message, frozen=True):
    """The state of every layer of a participant."""

    handle: int
    layers: tuple[LayerState, ...]


class ClockTold(_Message, frozen=True):
    """The newest sender report of a layer, and how far the publisher's wall clock is behind ours (s)."""

    handle: int
    layer: int
    ntp: int
    rtp_timestamp: int
    arrival: float
    offset_s: float


class Level(_Message, frozen=True):
    """How loud a microphone is now, for the worker that finds out who speaks (RFC 6464)."""

    handle: int
    level: int


class Speakers(_Message, frozen=True):
    """Who speaks, as the session's home finds: the dominant one, and those of rank."""

    dominant: str | None
    ranking: tuple[str, ...]


PipeMessage = (
    Hello
    | Enter
    | Exit
    | Present
    | Absent
    | Subscribe
    | Unsubscribe
    | KeyframeWanted
    | StreamBegins
    | Media
    | Replay
    | LayersTold
    | ClockTold
    | Level
    | Speakers
)
DROPPABLE = (Media, Level, ClockTold)
"""What is left out rather than waited for when the other worker does not keep up."""
