"""Session descriptions: an offer in, an answer out."""

from sfu.description import Codec, MediaLine, SlotStreams
from sfu.transport.sdp_answer import Candidate, LocalParameters, build_answer
from sfu.transport.sdp_codecs import opus_fmtp
from sfu.transport.sdp_offer import Offer, OfferedLine, parse_offer

__all__ = [
    "Candidate",
    "Codec",
    "LocalParameters",
    "MediaLine",
    "Offer",
    "OfferedLine",
    "SlotStreams",
    "build_answer",
    "opus_fmtp",
    "parse_offer",
]
