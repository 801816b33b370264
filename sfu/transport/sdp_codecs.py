"""Which codecs, feedback and header extensions of an offered line are accepted.

One table each, so that what is negotiated can be read at a glance.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from sfu.description import Codec
from sfu.messages import Kind
from sfu.rtp.packet import (
    ABS_SEND_TIME_URI,
    AUDIO_LEVEL_URI,
    DEPENDENCY_DESCRIPTOR_URI,
    MID_URI,
    REPAIRED_RID_URI,
    RID_URI,
    TRANSPORT_CC_URI,
    ExtensionIds,
)
from sfu.transport.aiortc_parts import MediaDescription, RTCRtpCodecParameters, parse_h264_profile_level_id

VP8_FMTP: Final = "x-google-start-bitrate=800"
"""Chromium begins at 300 kbit/s unless told otherwise: with a quarter of the picture, for ten seconds and more."""

# What is accepted where it is offered, by kind and by whether the participant sends on the line.
FEEDBACK: Final[dict[tuple[Kind, bool], frozenset[str]]] = {
    ("audio", True): frozenset({"transport-cc", "nack"}),
    ("audio", False): frozenset({"transport-cc", "nack", "goog-remb"}),
    ("video", True): frozenset({"nack", "nack pli", "ccm fir", "goog-remb", "transport-cc"}),
    ("video", False): frozenset({"nack", "nack pli", "ccm fir", "goog-remb", "transport-cc"}),
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
        DEPENDENCY_DESCRIPTOR_URI: "dependency_descriptor",
    },
    ("audio", False): {
        MID_URI: "mid",
        ABS_SEND_TIME_URI: "abs_send_time",
        TRANSPORT_CC_URI: "transport_sequence_number",
    },
    ("video", False): {
        MID_URI: "mid",
        ABS_SEND_TIME_URI: "abs_send_time",
        TRANSPORT_CC_URI: "transport_sequence_number",
        DEPENDENCY_DESCRIPTOR_URI: "dependency_descriptor",
    },
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
_PREFERENCE: Final = ("opus", "VP8", "H264/1/42e0", "H264/1/4200", "H264", "VP9/0", "AV1/0")
"""``H264``: all other profiles. A publisher that offers several sends a profile that every browser takes."""


def opus_fmtp(bps: int) -> str:
    """Asked of every audio line alike: in a bundle one payload type has one meaning (RFC 9143 section 9.1)."""
    return f"minptime=10;useinbandfec=1;usedtx=1;maxaveragebitrate={bps};stereo=0;sprop-stereo=0"


def accepted_codecs(kind: Kind, sends: bool, description: MediaDescription) -> tuple[Codec, ...]:
    """The codecs of a line that are forwarded here, the preferred first, each profile once."""
    offered = _offered(description)
    retransmission: dict[int, int] = {}
    for payload_type, codec in offered.items():
        target = codec.parameters.get("apt")
        if codec.name.lower() == "rtx" and isinstance(target, int):
            retransmission.setdefault(target, payload_type)
    found: dict[str, Codec] = {}
    for payload_type, codec in sorted(offered.items(), key=_single_nal_units_last):
        key, fmtp = _key(kind, sends, codec)
        if key is None or key in found:
            continue
        feedback = _feedback(codec) & FEEDBACK[kind, sends]
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
    preferred = [found[key] for key in _PREFERENCE if key in found]
    others = [codec for codec in found.values() if codec not in preferred]
    if sends and any(codec.name == "H264" for codec in preferred):
        others = []
    return tuple(sorted(preferred + others, key=_rank))


def redundant_audio(codecs: tuple[Codec, ...], description: MediaDescription) -> tuple[int | None, bool]:
    """The payload type of redundant audio (RFC 2198) that holds nothing but the accepted Opus, None without one;
    and whether its lost packets may be asked for, as those of the Opus."""
    for payload_type, codec in _offered(description).items():
        if (codec.name.lower(), codec.clockRate, codec.channels) == ("red", 48000, 2):
            # The parser keeps a format parameter without "=" as a name: such as "111/111".
            blocks = {block.strip() for names in codec.parameters for block in str(names).split("/")}
            if any(blocks == {str(opus.payload_type)} for opus in codecs):
                return payload_type, codecs[0].nack and "nack" in _feedback(codec)
    return None, False


def _feedback(codec: RTCRtpCodecParameters) -> set[str]:
    return {f"{item.type} {item.parameter or ''}".strip() for item in codec.rtcpFeedback}


def accepted_extensions(kind: Kind, sends: bool, description: MediaDescription) -> ExtensionIds:
    """The ids of the header extensions accepted on a line."""
    ids: dict[str, int] = {}
    for extension in description.rtp.headerExtensions:
        name = EXTENSIONS[kind, sends].get(extension.uri)
        # RFC 8285 section 4.2: only 1 to 14 fit the one-byte header, the only one sent.
        if name is not None and 1 <= extension.id <= 14 and extension.id not in ids.values():
            ids.setdefault(name, extension.id)
    return ExtensionIds(**ids)


def settled(sends: bool, codecs: tuple[Codec, ...], ids: ExtensionIds) -> tuple[tuple[Codec, ...], ExtensionIds]:
    """Codecs and extensions of a line without those that make no sense together.

    A participant that receives reports packets by transport-wide number, or estimates by itself (REMB) from the
    absolute send time; never both. One that sends describes dependencies only of codecs that do not tell them.
    """
    if sends:
        if codecs[0].name not in ("VP9", "AV1"):
            ids = replace(ids, dependency_descriptor=0)
        return codecs, ids
    if ids.transport_sequence_number and any(codec.transport_cc for codec in codecs):
        return tuple(replace(codec, remb=False) for codec in codecs), replace(ids, abs_send_time=0)
    return tuple(replace(codec, transport_cc=False) for codec in codecs), replace(ids, transport_sequence_number=0)


def _offered(description: MediaDescription) -> dict[int, RTCRtpCodecParameters]:
    return {
        codec.payloadType: codec
        for codec in description.rtp.codecs
        if codec.payloadType is not None and codec.payloadType in description.fmt and _usable(codec.payloadType)
    }


def _usable(payload_type: int) -> bool:
    """Dynamic, and not to be mistaken for RTCP (RFC 5761 section 4)."""
    return 0 <= payload_type < 64 or 96 <= payload_type < 128


def _rank(codec: Codec) -> int:
    return _PREFERENCE.index(codec.key if codec.key in _PREFERENCE else codec.name)


def _key(kind: Kind, sends: bool, codec: RTCRtpCodecParameters) -> tuple[str | None, str | None]:
    """The key of a codec and its format parameters in the answer; (None, None) if it is not forwarded here."""
    name = codec.name.lower()
    if kind == "audio":
        # RFC 7587 asks for two channels in the name, whatever is sent; not everybody writes them.
        if name == "opus" and codec.clockRate == 48000 and codec.channels in (1, 2):
            return "opus", None
        return None, None
    if codec.clockRate != 90000:
        return None, None
    parameters = {str(key).strip().lower(): str(value).strip() for key, value in codec.parameters.items()}
    match name:
        case "vp8":
            return "VP8", VP8_FMTP
        case "vp9" if parameters.get("profile-id", "0") == "0":
            return "VP9/0", f"profile-id=0;{VP8_FMTP}"
        case "av1" if parameters.get("profile", "0") == "0":
            given = [f"{key}={parameters[key]}" for key in ("level-idx", "tier") if _is_small(parameters.get(key))]
            return "AV1/0", ";".join(["profile=0", *given, VP8_FMTP])
        case "h264":
            return _h264(sends, parameters)
    return None, None


def _is_small(text: str | None) -> bool:
    return text is not None and re.fullmatch("[0-9]{1,2}", text) is not None


def _h264(sends: bool, parameters: dict[str, str]) -> tuple[str | None, str | None]:
    level_id = parameters.get("profile-level-id", "420010").lower()
    mode = _packetization_mode(parameters)
    # Whoever takes packetization mode 1 takes the single NAL units of mode 0; not the other way round.
    if (mode != "1" and not (sends and mode == "0")) or not re.fullmatch("[0-9a-f]{6}", level_id):
        return None, None
    fmtp = f"packetization-mode={mode};profile-level-id={level_id}"
    if parameters.get("level-asymmetry-allowed", "") == "1":
        fmtp = f"level-asymmetry-allowed=1;{fmtp}"
    return f"H264/1/{_h264_profile(level_id)}", fmtp


def _packetization_mode(parameters: Mapping[str, object]) -> str:
    return str(parameters.get("packetization-mode", "0")).strip()


def _single_nal_units_last(entry: tuple[int, RTCRtpCodecParameters]) -> bool:
    return entry[1].name.lower() == "h264" and _packetization_mode(entry[1].parameters) != "1"


def _h264_profile(profile_level_id: str) -> str:
    try:
        profile, _ = parse_h264_profile_level_id(profile_level_id[:4] + "1f")
    except ValueError:
        return profile_level_id[:4]
    return _H264_PROFILES[profile.name]
