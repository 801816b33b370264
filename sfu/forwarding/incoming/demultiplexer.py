"""Which layer an incoming SSRC belongs to (RFC 8852, RFC 8843 section 9.2).

An SSRC is announced in the offer or learnt from a packet that carries the MID of its line and, on a line with
simulcast, the RTP stream id (a repair stream: the repaired one). After that the SSRC alone tells.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sfu.forwarding.incoming.layer import Layer
    from sfu.forwarding.incoming.track import Track
    from sfu.messages import Kind
    from sfu.rtp.packet import RtpPacket

REMEMBERED: Final = 64
"""SSRCs of one participant: three tracks of three layers and their repair streams need 14."""


class Demultiplexer:
    """``layers``: what is known, by SSRC. Bounded: of SSRCs not in use the one learnt first is forgotten."""

    __slots__ = ("_by_mid", "layers")

    def __init__(self) -> None:
        self.layers: dict[int, Layer] = {}
        self._by_mid: dict[str, Track] = {}

    def add(self, mid: str, track: Track, announced: tuple[int | None, ...]) -> None:
        """A line of the offer. ``announced`` SSRCs tell the layer only where there is a single one."""
        self._by_mid[mid] = track
        if len(track.layers) == 1:
            for ssrc in announced:
                if ssrc is not None:
                    self.layers[ssrc] = track.layers[0]

    def learn(self, rtp: RtpPacket, kind: Kind | None) -> Layer | None:
        """The layer of an SSRC seen for the first time; None when the packet does not tell.

        Without a MID the ``kind`` of its payload type tells when only one track can have it.
        """
        layer = self._by_names(rtp) if rtp.mid is not None else self._by_kind(kind)
        if layer is None:
            return None
        if len(self.layers) >= REMEMBERED:
            idle = next((ssrc for ssrc, known in self.layers.items() if known.ssrc != ssrc), None)
            if idle is None:
                return None
            del self.layers[idle]
        self.layers[rtp.ssrc] = layer
        return layer

    def _by_names(self, rtp: RtpPacket) -> Layer | None:
        track = self._by_mid.get(rtp.mid or "")
        if track is None:
            return None
        rid = rtp.repaired_rid or rtp.rid
        if rid is None:
            return track.layers[0] if len(track.layers) == 1 else None
        return track.layer(rid)

    def _by_kind(self, kind: Kind | None) -> Layer | None:
        tracks = [track for track in self._by_mid.values() if track.kind == kind]
        if len(tracks) == 1 and len(tracks[0].layers) == 1 and tracks[0].layers[0].ssrc is None:
            return tracks[0].layers[0]
        return None
