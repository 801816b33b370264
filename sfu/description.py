"""What was negotiated, in the terms that forwarding needs."""

from sfu.transport.sdp import Codec, MediaLine
from sfu.transport.sdp_answer import SlotStreams

__all__ = ["Codec", "MediaLine", "SlotStreams"]
