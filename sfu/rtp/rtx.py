"""Retransmission payloads (RFC 4588 section 4): the original sequence number, then the original payload."""

from __future__ import annotations

from sfu.rtp.errors import MalformedPacket


def unwrap_rtx(payload: bytes) -> tuple[int, bytes]:
    """The original sequence number and payload; raises MalformedPacket when there is no number."""
    if len(payload) < 2:
        raise MalformedPacket("RTX payload has no original sequence number")
    return payload[0] << 8 | payload[1], payload[2:]


def wrap_rtx(sequence_number: int, payload: bytes) -> bytes:
    """The payload of an RTX packet that repeats packet ``sequence_number`` (16 bits)."""
    return sequence_number.to_bytes(2, "big") + payload
