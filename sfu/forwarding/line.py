"""A line: the way out to one subscriber, shared by all its slots.

It has the keys, the address and what the subscriber negotiated; and it numbers what leaves for transport-wide
congestion control (draft-holmer-rmcat-transport-wide-cc-extensions-01), across media, retransmissions and padding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from struct import Struct
from typing import Any, Final, NamedTuple, Protocol

from sfu.forwarding.drops import DropReason, Drops

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


class History(Protocol):
    """Remembers (bytes on the wire, time of sending in s) of each numbered packet; the first has number 1."""

    def append(self, sent: tuple[int, float], /) -> None: ...


class Outbound(NamedTuple):
    """The way out to a connected participant. ``sendmsg`` is None where datagrams cannot leave in batches."""

    encrypt: Encrypt
    salt: int
    sendto: SendTo
    address: object
    sendmsg: SendMessage | None = None


class Line:
    """Public attributes are read by the fan-out loop; only this class and that loop change them.

    ``block``: the first eight bytes of the header extension block as a number, with the transport-wide number left
    out (add it ``<< 8``); 0 without transport-wide congestion control. ``number``: of the last packet that left.
    """

    __slots__ = ("address", "block", "encrypt", "history", "number", "salt", "sendmsg", "sendto")

    def __init__(self, outbound: Outbound, transport_cc: int, history: History) -> None:
        """``transport_cc``: id of the transport-wide sequence number extension, 0 when it was not negotiated."""
        self.encrypt = outbound.encrypt
        self.salt = outbound.salt
        self.sendto = outbound.sendto
        self.sendmsg = outbound.sendmsg
        self.address = outbound.address
        # RFC 8285 section 4.2: the profile, one word, the element of two bytes, one byte of padding.
        self.block = 0xBEDE_0001 << 32 | (transport_cc << 4 | 1) << 24 if transport_cc else 0
        self.history = history
        self.number = 0

    def move(self, sendto: SendTo, address: object, sendmsg: SendMessage | None = None) -> None:
        """The participant is reached at another address now."""
        self.sendto = sendto
        self.sendmsg = sendmsg
        self.address = address

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

    def send(
        self,
        first_byte: int,
        marker_and_type: int,
        index: int,
        timestamp: int,
        ssrc: int,
        payload: bytes,
        now: float,
        drops: Drops,
    ) -> int:
        """Send one packet outside the fan-out, such as a retransmission. Returns its size, 0 if it did not leave.

        ``first_byte``: `VERSION`, with `PADDING` where the payload ends in padding; ``index``: roc and sequence
        number (RFC 3711 section 3.3.1).
        """
        if self.block:
            self.number += 1
            header = NUMBERED_HEADER(
                first_byte | EXTENSION,
                marker_and_type,
                index & 0xFFFF,
                timestamp,
                ssrc,
                self.block | (self.number & 0xFFFF) << 8,
            )
        else:
            header = RTP_HEADER(first_byte, marker_and_type, index & 0xFFFF, timestamp, ssrc)
        nonce = (self.salt ^ ssrc << 48 ^ index).to_bytes(12, "big")
        data = header + self.encrypt(nonce, payload, header)
        if self.block:
            self.history.append((len(data), now))
        try:
            self.sendto(data, self.address)
        except BlockingIOError:
            drops.count(DropReason.SEND_BUFFER_FULL)
        except OSError:
            drops.count(DropReason.SEND_FAILED)
        else:
            return len(data)
        return 0
