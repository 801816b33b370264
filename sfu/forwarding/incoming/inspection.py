"""What has to be known of a picture's packet to forward it: read from its payload, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sfu.rtp.av1 import is_av1_keyframe
from sfu.rtp.h264 import h264_height, is_h264_keyframe
from sfu.rtp.vp8 import parse_vp8
from sfu.rtp.vp9 import is_vp9_keyframe

if TYPE_CHECKING:
    from sfu.forwarding.media_packet import MediaPacket


def inspect(packet: MediaPacket, codec_key: str) -> None:
    """Find out whether a keyframe begins in ``packet``, and read its VP8 descriptor; raises MalformedPacket.

    ``codec_key``: see `sfu.description.Codec`.
    """
    payload = packet.payload
    if codec_key == "VP8":
        packet.vp8 = parse_vp8(payload)
        packet.keyframe = packet.vp8.is_keyframe
    elif codec_key.startswith("VP9"):
        packet.keyframe = is_vp9_keyframe(payload)
    elif codec_key.startswith("AV1"):
        packet.keyframe = is_av1_keyframe(payload)
    else:
        packet.keyframe = is_h264_keyframe(payload)


def temporal_id(packet: MediaPacket) -> int:
    """The temporal layer, 0 where there are none."""
    return 0 if packet.vp8 is None else packet.vp8.temporal_id or 0


def height(packet: MediaPacket, codec_key: str) -> int:
    """The lines of the picture that the packet begins; 0 when it does not say."""
    if packet.vp8 is not None:
        return packet.vp8.height or 0
    return (h264_height(packet.payload) or 0) if codec_key.startswith("H264") else 0
