"""An outgoing stream of one subscriber on the wire: its SSRC, payload types, header extensions and line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sfu.congestion.downlink import Downlink
from sfu.forwarding.drops import Drops
from sfu.forwarding.outgoing.departures import Departures
from sfu.forwarding.outgoing.header_extensions import with_descriptor
from sfu.forwarding.outgoing.line import MARKER, PADDING, VERSION, Line, Outbound, Packet
from sfu.forwarding.outgoing.position import Outgoing
from sfu.forwarding.outgoing.segments import PayloadTypes
from sfu.messages import Kind

if TYPE_CHECKING:
    from sfu.forwarding.media_packet import MediaPacket


class OutgoingStream:
    """Public attributes are read by the fan-out loop. ``payload_type``: of what is sent now."""

    __slots__ = (
        "_descriptor_extension",
        "_mid_extension",
        "_octets",
        "_packets",
        "block",
        "clock_rate",
        "formed_from",
        "iv",
        "kind",
        "line",
        "mid",
        "payload_type",
        "payload_types",
        "ssrc",
        "tail",
    )

    def __init__(
        self,
        mid: str,
        kind: Kind,
        ssrc: int,
        clock_rate: int,
        payload_types: Mapping[str, PayloadTypes],
        descriptor_extension: int,
    ) -> None:
        """``payload_types`` by codec key; ``descriptor_extension``: id of the dependency descriptor, 0 when the
        subscriber does not take it."""
        self.mid = mid
        self.kind = kind
        self.ssrc = ssrc
        self.clock_rate = clock_rate
        self.payload_types = payload_types
        self.payload_type = 0
        self.line: Line = _UNBOUND
        self.iv = 0
        self.block = 0
        self.tail = b""
        self.formed_from = 0
        """The first number whose header has the extensions that are sent now."""
        self._mid_extension = 0
        self._descriptor_extension = descriptor_extension
        self._packets = 0
        self._octets = 0

    def bind(self, line: Line, mid_extension: int) -> None:
        """Give the slot its way out. ``mid_extension``: id of the MID header extension, 0 for none.

        The MID is sent until `confirm`, so that the first packets find their line where the SSRC is not known."""
        self.line = line
        self.iv = line.salt ^ (self.ssrc << 48)
        self.block, self.tail = line.extension(mid_extension, self.mid)
        self._mid_extension = mid_extension

    def confirm(self) -> None:
        """The receiver reported on this SSRC: the MID need not be sent any more."""
        self.block, self.tail = self.line.block, b""

    def needs_descriptor(self, packet: MediaPacket) -> bool:
        """Whether the subscriber gets the dependency descriptors of this packet's stream."""
        return self._descriptor_extension > 0 and packet.dependency_descriptor is not None

    def described(self, block: int, tail: bytes, descriptor: bytes | None) -> tuple[int, bytes]:
        """``block`` and ``tail`` (see `Line.extension`) of a packet with this dependency descriptor."""
        if descriptor is None or not self._descriptor_extension:
            return block, tail
        return with_descriptor(block, tail, self._descriptor_extension, descriptor, self._mid_extension, self.mid)

    def send(self, outgoing: Outgoing, now: float) -> None:
        """Send one packet outside the shared fan-out, when the pacer allows."""
        index, timestamp, marker, payload, padding_only, descriptor = outgoing
        block, tail = self.described(self.block, self.tail, descriptor)
        marker_and_type = (MARKER if marker else 0) | self.payload_type
        first_byte = VERSION | PADDING if padding_only else VERSION
        packet = Packet(first_byte, marker_and_type, index, timestamp, self.ssrc, block, tail, payload)
        if self.kind == "audio":
            self.line.send(packet, now)
        else:
            self.line.send_paced(packet, now)
        self.count(1, len(payload))

    def count(self, packets: int, octets: int) -> None:
        """Account for packets sent outside the shared fan-out."""
        self._packets += packets
        self._octets += octets


def _unbound(*_: object) -> Any:
    raise AssertionError("a slot sends nothing before it is bound")


_UNBOUND = Line(
    Outbound(_unbound, 0, _unbound, None), 0, Downlink(0.0, transport_cc=False, remb=False), Departures(Drops())
)
