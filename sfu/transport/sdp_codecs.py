"""Which codecs, feedback and header extensions of an offered line are accepted.

One table each, so that what is negotiated can be read at a glance.
"""

from __future__ import annotations

import re
from typing import Final

from sfu.description import Codec
from sfu.messages import Kind
from sfu.rtp.packet import (
    ABS_SEND_TIME_URI,
    AUDIO_LEVEL_URI,
    MID_URI,
    REPAIRED_RID_URI,
    RID_URI,
    TRANSPORT_CC_URI,
    ExtensionIds,
)
from sfu.transport.aiortc_parts import MediaDescription, RTCRtpCodecParameters, parse_h264_profile_level_id

OPUS_FMTP: Final = "minptime=10;useinbandfec=1;usedtx=1;maxaveragebitrate=32000;stereo=0;sprop-stereo=0"
"""Asked of every audio line alike: in a bundle one payload type has one meaning (RFC 9143 section 9.1)."""
VP8_FMTP: Final = "x-google-start-bitrate=800"
"""Chromium begins at 300 kbit/s unless told otherwise: with a quarter of the picture, for ten seconds and more."""

# What is accepted where it is offered, by kind and by whether the participant sends on the line.
FEEDBACK: Final[dict[tuple[Kind, bool], frozenset[str]]] = {
    ("audio", True): frozenset({"transport-cc", "nack"}),
    ("audio", False): frozenset({"nack"}),
    ("video", True): frozenset({"nack", "nack pli", "ccm fir", "goog-remb", "transport-cc"}),
    ("video", False): frozenset({"nack", "nack pli", "ccm fir"}),
}
EXTENSIONS: Final[dict[tuple[Kind, bool], dict[str, str]]] = {
    ("audio", True): {
        MID_URI: "mid",
        RID_URI: "rid",
        REPAIRED_RID_URI: "repaired_rid",
        AUDIO_LEVEL_URI: "audio_level",
        ABS_SEND_TIME_URI: "abs_send_time",
        TRANSPORT_CC_URI: "transport_sequence_number",
    },
    ("video", True): {
        MID_URI: "mid",
        RID_URI: "rid",
        REPAIRED_RID_URI: "repaired_rid",
        ABS_SEND_TIME_URI: "abs_send_time",
        TRANSPORT_CC_URI: "transport_sequence_number",
    },
    ("audio", False): {MID_URI: "mid", ABS_SEND_TIME_URI: "abs_send_time"},
    ("video", False): {MID_URI: "mid", ABS_SEND_TIME_URI: "abs_send_time"},
}

# H.264 profiles told apart between publisher and subscriber: profile_idc and the class of its constraints.
_H264_PROFILES: Final = {
    "PROFILE_CONSTRAINED_BASELINE": "42e0",
    "PROFILE_BASELINE": "4200",
    "PROFILE_MAIN": "4d00",
    "PROFILE_CONSTRAINED_HIGH": "640c",
    "PROFILE_HIGH": "6400",
    "PROFILE_PREDICTIVE_HIGH_444": "f400",
}
_PREFERENCE: Final = ("opus", "VP8", "H264/1/42e0", "H264/1/4200")


def accepted_codecs(kind: Kind, sends: bool, description: MediaDescription) -> tuple[Codec, ...]:
    """The codecs of a line that are forwarded here, the preferred first, each profile once."""
    offered: dict[int, RTCRtpCodecParameters] = {
        codec.payloadType: codec
        for codec in description.rtp.codecs
        if codec.payloadType is not None and codec.payloadType in description.fmt and _usable(codec.payloadType)
    }
    retransmission: dict[int, int] = {}
    for payload_type, codec in offered.items():
        target = codec.parameters.get("apt")
        if codec.name.lower() == "rtx" and isinstance(target, int):
            retransmission.setdefault(target, payload_type)
    found: dict[str, Codec] = {}
    for payload_type, codec in offered.items():
        key, fmtp = _key(kind, codec)
        if key is None or key in found:
            continue
        feedback = {f"{item.type} {item.parameter or ''}".strip() for item in codec.rtcpFeedback}
        feedback &= FEEDBACK[kind, sends]
        found[key] = Codec(
            name=key.partition("/")[0],
            payload_type=payload_type,
            rtx_payload_type=retransmission.get(payload_type),
            clock_rate=codec.clockRate,
            channels=codec.channels or 1,
            key=key,
            nack="nack" in feedback,
            pli="nack pli" in feedback,
            fir="ccm fir" in feedback,
            transport_cc="transport-cc" in feedback,
            remb="goog-remb" in feedback,
            fmtp=fmtp,
        )
    preferred = tuple(found[key] for key in _PREFERENCE if key in found)
    if any(codec.name == "H264" for codec in preferred):
        return preferred
    return preferred + tuple(codec for codec in found.values() if codec not in preferred)


def _usable(payload_type: int) -> bool:
    """Dynamic, and not to be mistaken for RTCP (RFC 5761 section 4)."""
    return 0 <= payload_type < 64 or 96 <= payload_type < 128


def _key(kind: Kind, codec: RTCRtpCodecParameters) -> tuple[str | None, str | None]:
    """The key of a codec and its format parameters in the answer; (None, None) if it is not forwarded here."""
    name = codec.name.lower()
    if kind == "audio":
        if (name, codec.clockRate, codec.channels) == ("opus", 48000, 2):
            return "opus", OPUS_FMTP
    elif codec.clockRate != 90000:
        return None, None
    elif name == "vp8":
        return "VP8", VP8_FMTP
    elif name == "h264":
        parameters = {str(key).strip().lower(): str(value) for key, value in codec.parameters.items()}
        level_id = parameters.get("profile-level-id", "420010").strip().lower()
        if parameters.get("packetization-mode", "0").strip() == "1" and re.fullmatch("[0-9a-f]{6}", level_id):
            asymmetry = parameters.get("level-asymmetry-allowed", "").strip() == "1"
            fmtp = f"packetization-mode=1;profile-level-id={level_id}"
            return (
                f"H264/1/{_h264_profile(level_id)}",
                f"level-asymmetry-allowed=1;{fmtp}" if asymmetry else fmtp,
            )
    return None, None


def _h264_profile(profile_level_id: str) -> str:
    try:
        profile, _ = parse_h264_profile_level_id(profile_level_id[:4] + "1f")
    except ValueError:
        return profile_level_id[:4]
    return _H264_PROFILES[profile.name]


def accepted_extensions(kind: Kind, sends: bool, description: MediaDescription) -> ExtensionIds:
    """The ids of the header extensions accepted on a line."""
    ids: dict[str, int] = {}
    for extension in description.rtp.headerExtensions:
        name = EXTENSIONS[kind, sends].get(extension.uri)
        # RFC 8285 section 4.2: only 1 to 14 fit the one-byte header, the only one sent.
        if name is not None and 1 <= extension.id <= 14 and extension.id not in ids.values():
            ids.setdefault(name, extension.id)
    return ExtensionIds(**ids)
