"""NTP time as RTCP uses it (RFC 3550 section 4): 64 bits, the upper half whole seconds since 1900."""

from __future__ import annotations

import math

_UNIX_EPOCH = 2_208_988_800
_ERA = 0x1_0000_0000


def to_ntp(unix_seconds: float) -> int:
    """The 64-bit NTP time of a Unix time."""
    whole = math.floor(unix_seconds)
    # Rounded as one number, so that a fraction next to 1 carries into the seconds.
    fraction = round((unix_seconds - whole) * _ERA)
    return ((whole + _UNIX_EPOCH << 32) + fraction) & 0xFFFF_FFFF_FFFF_FFFF


def from_ntp(ntp: int) -> float:
    """The Unix time of a 64-bit NTP time between 1968 and 2104 (RFC 4330 section 3)."""
    seconds = ntp >> 32
    if seconds < 0x8000_0000:
        seconds += _ERA
    return (seconds - _UNIX_EPOCH) + (ntp & 0xFFFF_FFFF) / _ERA


def compact(ntp: int) -> int:
    """The middle 32 bits, as in LSR: seconds mod 2**16 in units of 1/65536 s."""
    return ntp >> 16 & 0xFFFF_FFFF


def compact_delay(seconds: float) -> int:
    """A delay in units of 1/65536 s, as in DLSR; held between 0 and 32 bits."""
    return max(0, min(round(seconds * 65536), 0xFFFF_FFFF))


def round_trip_s(now: int, last_sr: int, delay_since_last_sr: int) -> float | None:
    """The round-trip time a report block tells (RFC 3550 section 6.4.1), ``now`` being compact NTP time.

    None when the receiver had no sender report yet. Clock steps may make it negative; then it is 0.
    """
    if last_sr == 0:
        return None
    elapsed = (now - last_sr - delay_since_last_sr) & 0xFFFF_FFFF
    return 0.0 if elapsed & 0x8000_0000 else elapsed / 65536
