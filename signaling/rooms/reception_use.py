"""What each step of the ladder costs on the wire, so that people can choose by their data plan.

One table of nominal rates, headers of IP, UDP and SRTP included, while one person speaks all the time; a class
with pauses, or with a tutor's camera alone, takes less.
"""

from __future__ import annotations

from signaling.protocol.base import Reception
from signaling.protocol.reception import ReceptionUse

_VOICE = 50
"""Opus at 32 kbit/s in 50 packets a second of 44 octets of headers each, of which silence is left out."""

DOWN_KBPS: dict[Reception, int] = {
    # the tutor's picture or screen in its upper layer, small pictures of others beside it
    "full": 1500 + _VOICE,
    # one picture in its lowest layer
    "saver": 240 + _VOICE,
    # a picture of the screen with every slide, and again every 10 s
    "slides": 40 + _VOICE,
    # three frames of sound in a packet
    "audio": 30,
    # chat, hands, polls, and the socket's own pings
    "text": 2,
}
"""By step: what comes down, in kbit/s."""


def reception_use() -> list[ReceptionUse]:
    """Megabytes (of a million octets) per hour of every step, the richest first."""
    return [
        ReceptionUse(reception=step, megabytes_per_hour=max(1, round(kbps * 3600 / 8 / 1000)))
        for step, kbps in DOWN_KBPS.items()
    ]
