"""Why a packet went no further. Every drop has a reason, is counted, and is never logged one by one."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum


class DropReason(StrEnum):
    """Reasons of the forwarding path; the transport adds its own names (bad STUN, unknown source, ...)."""

    MALFORMED_RTP = "malformed-rtp"
    MALFORMED_RTCP = "malformed-rtcp"
    MALFORMED_PAYLOAD = "malformed-payload"
    UNKNOWN_STREAM = "unknown-stream"
    UNKNOWN_PAYLOAD_TYPE = "unknown-payload-type"
    NOT_PUBLISHING = "not-publishing"
    DUPLICATE = "duplicate"
    SILENCE = "silence"
    OVERSIZED = "oversized"
    FLOOD = "flood"
    RESTARTING = "restarting"
    TOO_LATE = "too-late"
    SEND_BUFFER_FULL = "send-buffer-full"
    SEND_FAILED = "send-failed"
    PACER_FULL = "pacer-full"
    NACK_FLOOD = "nack-flood"
    KEYFRAME_FLOOD = "keyframe-flood"


class Drops:
    """Counters by reason, shared by everything that drops in one worker."""

    __slots__ = ("_counts",)

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def count(self, reason: str, packets: int = 1) -> None:
        self._counts[reason] += packets

    def snapshot(self) -> dict[str, int]:
        return {str(reason): count for reason, count in sorted(self._counts.items())}
