"""Session descriptions: an offer in, an answer out."""

from sfu.description import Codec, MediaLine, SlotStreams
from sfu.transport.sdp_answer import Candidate, LocalParameters, build_answer
from sfu.transport.sdp_codecs import OPUS_FMTP
from sfu.transport.sdp_offer import Offer, OfferedLine, parse_offer

__all__ = [
    "OPUS_FMTP",
    "Candidate",
    "Codec",
    "LocalParameters",
    "MediaLine",
    "Offer",
    "OfferedLine",
    "SlotStreams",
    "build_answer",
    "parse_offer",
]
