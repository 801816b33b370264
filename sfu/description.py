"""What was negotiated for the lines of one participant: all that forwarding needs to know of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sfu.messages import Kind
from sfu.rtp.packet import ExtensionIds


@dataclass(frozen=True, slots=True)
class Codec:
    """One codec of a line, under the payload types of the offer.

    ``key`` is what must be equal between publisher and subscriber for forwarding: ``opus``, ``VP8``,
    ``H264/1/42e0`` (packetization mode, profile), ``VP9/0``, ``AV1/0`` (profile). The flags are the feedback
    accepted; a receiving line has ``transport_cc`` or ``remb``, never both.
    """

    name: str
    payload_type: int
    rtx_payload_type: int | None
    clock_rate: int
    channels: int
    key: str
    nack: bool
    pli: bool
    fir: bool
    transport_cc: bool
    remb: bool
    fmtp: str | None
    """The format parameters of the answer; Opus has none here, its rate depends on the participant."""


_H264 = "H264/1/"
_H264_PROFILES = ("6400", "640c", "4d00", "42e0", "4200")
"""Those of one kind, the richest first: a decoder of a richer one decodes the others."""


def codecs_by_key(codecs: Sequence[Codec]) -> dict[str, Codec]:
    """What is sent as which codec of a receiving line.

    H.264 of a profile that was not negotiated goes as the richest one that was: decoders go by the stream itself,
    and a publisher such as OBS offers one profile alone, which need not be among those browsers offer.
    """
    by_key = {codec.key: codec for codec in reversed(codecs)}
    negotiated = [by_key[_H264 + profile] for profile in _H264_PROFILES if _H264 + profile in by_key]
    if negotiated:
        for profile in _H264_PROFILES:
            by_key.setdefault(_H264 + profile, negotiated[0])
    return by_key


@dataclass(frozen=True, slots=True)
class MediaLine:
    """One audio or video line. A rejected one (port 0, inactive, nothing in common) has neither codecs nor ids."""

    index: int
    """Its place among all lines of the offer, also those that are neither audio nor video."""
    mid: str
    kind: Kind
    sends: bool
    """Whether the participant sends here; else it receives."""
    rejected: bool
    codecs: tuple[Codec, ...]
    """Accepted, the preferred first."""
    extensions: ExtensionIds
    ssrc: int | None
    rtx_ssrc: int | None
    """Announced by the participant; None when it leaves them to the mid and rid extensions, as with simulcast."""
    rids: tuple[str, ...] = ()
    """Simulcast layers of a sending line that were accepted (RFC 8853), the lowest first; empty for one layer."""
    red_payload_type: int | None = None
    """Redundant audio (RFC 2198) of an audio line; None when it was not negotiated."""
    red_nack: bool = False
    """Whether lost packets of redundant audio may be asked for."""


@dataclass(frozen=True, slots=True)
class SlotStreams:
    """What the server sends on one receiving line. ``msid`` is the stream id and the track id, by a space."""

    ssrc: int
    rtx_ssrc: int
    cname: str
    msid: str
