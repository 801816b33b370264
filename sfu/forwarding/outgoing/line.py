"""A line: the way out to one subscriber, shared by all its slots.

It has the keys, the address and what the subscriber negotiated; and it numbers what leaves for transport-wide
congestion control (draft-holmer-rmcat-transport-wide-cc-extensions-01), across media, retransmissions and padding.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterable, Sequence
from struct import Struct
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sfu.congestion.downlink import Downlink
from sfu.congestion.history import Sent
from sfu.congestion.pacer import Pacer
from sfu.forwarding.drops import DropReason

if TYPE_CHECKING:
    from sfu.forwarding.outgoing.departures import Departures

Encrypt = Callable[[bytes, bytes, bytes], bytes]
"""(nonce, plaintext, header) to ciphertext with tag: what follows the header on the wire."""
SendTo = Callable[[bytes, Any], int]
SendMessage = Callable[[Iterable[bytes], Iterable[tuple[int, int, bytes]], int, Any], int]
"""``socket.sendmsg``: (buffers, ancillary data, flags, address)."""

RTP_HEADER: Final = Struct(">BBHII").pack
"""Version and flags, marker and payload type, sequence number, timestamp, SSRC (RFC 3550 section 5.1)."""
NUMBERED_HEADER: Final = Struct(">BBHIIQ").pack
"""`RTP_HEADER` and the block of `Line.block` with the transport-wide number in it."""
VERSION: Final = 0x80
PADDING: Final = 0x20
EXTENSION: Final = 0x10
MARKER: Final = 0x80
OVERHEAD: Final = 20 + 16
"""Bytes of a packet around its payload: header with the transport-wide number, and the tag of AES-GCM."""

MAX_SEGMENTS: Final = 64
"""That one call may send: UDP_MAX_SEGMENTS of the kernels that began with it."""
MAX_RUN_BYTES: Final = 65_000
"""That one call may send; a datagram has at most 65,507."""

# Of Linux.
_SOL_UDP: Final = 17
_UDP_SEGMENT: Final = 103
_SIZE: Final = Struct("=H").pack
_NO_SEGMENTATION: Final = frozenset(
    {errno.EINVAL, errno.EIO, errno.EMSGSIZE, errno.ENOPROTOOPT, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}
)
"""Besides old kernels: routes whose device does no checksums, or whose MTU is smaller than a segment."""


def segments_of(size: int) -> list[tuple[int, int, bytes]]:
    """The ancillary data that makes ``sendmsg`` send datagrams of ``size`` bytes; the last may be shorter."""
    return [(_SOL_UDP, _UDP_SEGMENT, _SIZE(size))]


class Outbound(NamedTuple):
    """The way out to a connected participant. ``sendmsg`` is None where datagrams cannot leave in batches."""

    encrypt: Encrypt
    salt: int
    sendto: SendTo
    address: object
    sendmsg: SendMessage | None = None


class Packet(NamedTuple):
    """One packet that is ready but for its transport-wide number, which it gets as it leaves.

    ``first_byte``: `VERSION`, with `PADDING` where the payload ends in padding; ``packet_index``: roc and
    sequence number (RFC 3711 section 3.3.1). ``block`` and ``tail`` are those of `Line.extension`.
    """

    first_byte: int
    marker_and_type: int
    packet_index: int
    timestamp: int
    ssrc: int
    block: int
    tail: bytes
    payload: bytes

    @property
    def size(self) -> int:
        """About what it will have on the wire."""
        return len(self.payload) + len(self.tail) + OVERHEAD


class Line:
    """Public attributes are read by the fan-out loop; only this class and that loop change them.

    ``block``: the first eight bytes of the header extension block as a number, with the transport-wide number left
    out (add it ``<< 8``); 0 without transport-wide congestion control. ``number``: of the last packet that left.
    """

    __slots__ = (
        "_departures",
        "address",
        "block",
        "downlink",
        "encrypt",
        "history",
        "number",
        "pacer",
        "salt",
        "sendmsg",
        "sendto",
    )

    def __init__(self, outbound: Outbound, transport_cc: int, downlink: Downlink, departures: Departures) -> None:
        """``transport_cc``: id of the transport-wide sequence number extension, 0 when it was not negotiated."""
        self.encrypt = outbound.encrypt
        self.salt = outbound.salt
        self.sendto = outbound.sendto
        self.sendmsg = outbound.sendmsg
        self.address = outbound.address
        # RFC 8285 section 4.2: the profile, one word, the element of two bytes, one byte of padding.
        self.block = 0xBEDE_0001 << 32 | (transport_cc << 4 | 1) << 24 if transport_cc else 0
        self.downlink = downlink
        self.history = downlink.history
        self.number = 0
        self.pacer: Pacer[Packet] = Pacer()
        self._departures = departures

    def move(self, sendto: SendTo, address: object, sendmsg: SendMessage | None, now: float) -> None:
        """The participant is reached at another address now."""
        self.sendto = sendto
        self.sendmsg = sendmsg
        self.address = address
        self.downlink.reset_path(now)

    def close(self) -> None:
        """Send nothing any more of what waits."""
        self.pacer.clear()

    def extension(self, mid_extension: int, mid: str) -> tuple[int, bytes]:
        """The block of a slot whose packets bear its MID (RFC 8843 section 15), and what follows the block.

        ``mid_extension``: id of the MID extension, 0 for none.
        """
        if not mid_extension:
            return self.block, b""
        value = mid.encode("ascii")
        element = bytes([mid_extension << 4 | len(value) - 1]) + value
        element += bytes(-len(element) % 4)
        words = len(element) // 4
        if self.block:
            return self.block + (words << 32), element
        return 0, b"\xbe\xde" + words.to_bytes(2, "big") + element

    # --- one packet at a time, outside the fan-out ---------------------------------------------------

    def send(self, packet: Packet, now: float, record: Sent | None = None) -> int:
        """Let one packet leave at once, whatever the pacer says. Returns its size, 0 if it did not leave.

        ``record``: what the history keeps of it, when that is shared with other lines."""
        self.pacer.spend(packet.size)
        header, ciphertext = self._seal(packet, now, record)
        data = header + ciphertext
        return len(data) if self.deliver(data) else 0

    def repeat(self, packet: Packet, number: int, now: float) -> bool:
        """Let a packet leave at once that left before, as the same bytes: under the transport-wide ``number`` it
        had. Whether it did.

        The history keeps when it left first: the receiver may yet get that one, late only by reordering, and an
        arrival before its sending would make all others look delayed."""
        self.pacer.spend(packet.size)
        header, ciphertext = self._sealed(packet, number)
        return self.deliver(header + ciphertext)

    def send_paced(self, packet: Packet, now: float, *, repair: bool = False) -> bool:
        """Let one packet leave when the pacer allows; a ``repair`` goes before other media that waits.

        False, and counted, when too much waits already.
        """
        pacer = self.pacer
        pacer.credit -= packet.size
        if pacer.credit >= 0 or pacer.admit(packet.size, now):
            return self._send(packet, now) > 0
        if not pacer.hold(packet.size, packet, repair=repair):
            self._departures.drops.count(DropReason.PACER_FULL)
            return False
        self._departures.hold(self)
        return True

    def release(self, now: float) -> bool:
        """Send what the pacer allows by now; True while more waits."""
        for packet in self.pacer.release(now):
            self._send(packet, now)
        return self.pacer.queued > 0

    def send_all(self, packets: Sequence[Packet], now: float) -> None:
        """Let packets of one size and stream leave at once and together, whatever the pacer says."""
        most = min(MAX_SEGMENTS, MAX_RUN_BYTES // packets[0].size)
        for start in range(0, len(packets), most):
            parts: list[bytes] = []
            for packet in packets[start : start + most]:
                parts += self._seal(packet, now)
            self.pacer.spend(sum(map(len, parts)))
            if self.sendmsg is None or len(parts) == 2:
                self.deliver_each(parts)
                continue
            try:
                self.sendmsg(parts, segments_of(len(parts[0]) + len(parts[1])), 0, self.address)
            except OSError as error:
                self.lost_run(parts, error)

    def _send(self, packet: Packet, now: float) -> int:
        header, ciphertext = self._seal(packet, now)
        data = header + ciphertext
        return len(data) if self.deliver(data) else 0

    def _seal(self, packet: Packet, now: float, record: Sent | None = None) -> tuple[bytes, bytes]:
        """Header and ciphertext under the next number; the packet counts as sent."""
        if not packet.block:
            return self._sealed(packet, 0)
        self.number = number = self.number + 1
        header, ciphertext = self._sealed(packet, number)
        self.history.append(record or (len(header) + len(ciphertext), now))
        return header, ciphertext

    def _sealed(self, packet: Packet, number: int) -> tuple[bytes, bytes]:
        """Header and ciphertext under a transport-wide ``number``."""
        first_byte, marker_and_type, index, timestamp, ssrc, block, tail, payload = packet
        if block or tail:
            first_byte |= EXTENSION
        if block:
            header = NUMBERED_HEADER(
                first_byte, marker_and_type, index & 0xFFFF, timestamp, ssrc, block | (number & 0xFFFF) << 8
            )
        else:
            header = RTP_HEADER(first_byte, marker_and_type, index & 0xFFFF, timestamp, ssrc)
        header += tail
        return header, self.encrypt((self.salt ^ ssrc << 48 ^ index).to_bytes(12, "big"), payload, header)

    # --- the socket ---------------------------------------------------------------------------------

    def deliver(self, data: bytes) -> bool:
        """Send without waiting. What the kernel does not take is lost, and counted."""
        try:
            self.sendto(data, self.address)
        except OSError as error:
            self.lost(1, error)
            return False
        return True

    def deliver_each(self, parts: list[bytes]) -> None:
        """A run, as header and ciphertext in turns, one by one."""
        for header, ciphertext in zip(parts[::2], parts[1::2], strict=True):
            self.deliver(header + ciphertext)

    def lost(self, packets: int, error: OSError) -> None:
        """Count what the kernel did not take."""
        full = isinstance(error, BlockingIOError)
        reason = DropReason.SEND_BUFFER_FULL if full else DropReason.SEND_FAILED
        self._departures.drops.count(reason, packets)

    def lost_run(self, parts: list[bytes], error: OSError) -> None:
        """The kernel did not take a run. Where it, or the way there, takes no batches, these packets leave one by
        one, and so do all after them."""
        if error.errno not in _NO_SEGMENTATION:
            self.lost(len(parts) // 2, error)
            return
        self.sendmsg = None
        self._departures.segmentation_refused(error)
        self.deliver_each(parts)
