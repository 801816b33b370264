"""The one door to aiortc: its DTLS, SDP and STUN parts, without its codecs.

Importing the package ``aiortc`` runs its ``__init__``, which loads PyAV and with it libavcodec, libvpx, libopus
and x264: tens of megabytes that a process which only forwards packets must not map. The modules used here need
none of it, but `aiortc.rtp` names ``av.AudioFrame`` in an annotation. So, unless aiortc is already loaded, they
are imported below a bare package and beside a stub of ``av``. Both are taken away again, so that a later
``import aiortc`` gets the whole package; it reuses the modules loaded here, which are the real ones.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from types import ModuleType


def _load_without_codecs() -> None:
    spec = importlib.util.find_spec("aiortc")
    if spec is None or spec.submodule_search_locations is None:
        raise ModuleNotFoundError("No module named 'aiortc'", name="aiortc")
    package = ModuleType("aiortc")
    package.__spec__ = spec
    package.__path__ = spec.submodule_search_locations
    stubs = {"aiortc": package}
    if "av" not in sys.modules:
        stubs["av"] = ModuleType("av")
        stubs["av"].AudioFrame = type("AudioFrame", (), {})  # type: ignore[attr-defined]
    sys.modules.update(stubs)
    try:
        # First, because it and rtcsctptransport import each other and only this order works.
        importlib.import_module("aiortc.rtcdatachannel")
        importlib.import_module("aiortc.rtcdtlstransport")
        importlib.import_module("aiortc.sdp")
    finally:
        for name, stub in stubs.items():
            if sys.modules.get(name) is stub:
                del sys.modules[name]


if "aiortc" not in sys.modules:
    _load_without_codecs()

# From here on every module is found in sys.modules, and the package itself is not asked for.
from aioice import stun  # noqa: E402
from aiortc.rtcdtlstransport import (  # noqa: E402
    SRTP_AEAD_AES_128_GCM,
    SRTP_AES128_CM_SHA1_80,
    RTCCertificate,
    RTCDtlsFingerprint,
    RTCDtlsParameters,
    RTCDtlsTransport,
    SRTPProtectionProfile,
    State,
)
from aiortc.rtcrtpparameters import RTCRtpCodecParameters  # noqa: E402
from aiortc.sdp import MediaDescription, SessionDescription, grouplines, parse_h264_profile_level_id  # noqa: E402

__all__ = [
    "SRTP_AEAD_AES_128_GCM",
    "SRTP_AES128_CM_SHA1_80",
    "MediaDescription",
    "RTCCertificate",
    "RTCDtlsFingerprint",
    "RTCDtlsParameters",
    "RTCDtlsTransport",
    "RTCRtpCodecParameters",
    "SRTPProtectionProfile",
    "SessionDescription",
    "State",
    "grouplines",
    "parse_h264_profile_level_id",
    "stun",
]
