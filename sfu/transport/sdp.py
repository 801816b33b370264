"""Session descriptions: an offer in, an answer out."""

from sfu.transport.sdp_answer import Candidate, LocalParameters, SlotStreams, build_answer
from sfu.transport.sdp_codecs import OPUS_FMTP, Codec
from sfu.transport.sdp_offer import MediaLine, Offer, OfferedLine, parse_offer

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
