"""A process that only carries packets maps no codec."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.integration

PROGRAM = """
import json, pathlib, pkgutil, sys
import sfu.transport
for module in pkgutil.iter_modules(sfu.transport.__path__):
    __import__(f"sfu.transport.{module.name}")
maps = pathlib.Path("/proc/self/maps").read_text()
memory = int(pathlib.Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6
alone = [name for name in ("av", "aiortc") if name in sys.modules]
import aiortc
from aiortc.mediastreams import AudioStreamTrack
from sfu.transport.aiortc_parts import RTCDtlsTransport
print(json.dumps({
    "codecs": sorted({word for word in ("avcodec", "vpx", "opus", "x264", "swscale") if word in maps}),
    "alone": alone,
    "same": aiortc.RTCDtlsTransport is RTCDtlsTransport,
    "whole": aiortc.RTCPeerConnection.__module__,
    "memory_mb": memory,
}))
"""


def test_importing_the_transport_loads_no_codec() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    print(f"resident after importing sfu.transport: {seen['memory_mb']:.0f} MB")
    assert seen["codecs"] == []
    assert seen["alone"] == []
    # The package itself can still be imported afterwards, and shares the modules.
    assert seen["same"] and seen["whole"] == "aiortc.rtcpeerconnection"
