"""Publishes a test picture (H.264 by x264) and a tone (Opus) by WHIP with GStreamer, until it is told to end.

Run by the system's own Python, which has GStreamer's bindings: ``/usr/bin/python3 gstreamer_whip.py URL TOKEN
[b-frames]``.
Prints ``published LOCATION`` once the server has answered, and ``connected`` when media flows.
"""

from __future__ import annotations

import signal
import sys
import urllib.parse
import urllib.request

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstSdp", "1.0")
gi.require_version("GstWebRTC", "1.0")
from gi.repository import GLib, Gst, GstSdp, GstWebRTC  # noqa: E402  # the versions are to be named first

PIPELINE = """
webrtcbin name=peer bundle-policy=max-bundle
videotestsrc is-live=true pattern=ball
  ! video/x-raw,width=320,height=240,framerate=15/1
  ! x264enc {tuning} speed-preset=ultrafast key-int-max=30 bitrate=300
  ! video/x-h264,profile={profile}
  ! rtph264pay config-interval=-1 aggregate-mode=zero-latency
  ! application/x-rtp,media=video,encoding-name=H264,payload=96
  ! peer.
audiotestsrc is-live=true freq=400
  ! audioconvert ! audioresample ! opusenc
  ! rtpopuspay
  ! application/x-rtp,media=audio,encoding-name=OPUS,payload=97
  ! peer.
"""

TUNED = {"tuning": "tune=zerolatency bframes=0", "profile": "constrained-baseline"}
B_FRAMES = {"tuning": "bframes=2 b-adapt=false", "profile": "main"}


class Publisher:
    def __init__(self, url: str, token: str, encoder: dict[str, str]) -> None:
        self._url = url
        self._token = token
        self._loop = GLib.MainLoop()
        self._pipeline = Gst.parse_launch(PIPELINE.format(**encoder))
        self._peer = self._pipeline.get_by_name("peer")
        self._location = ""
        self.failed = ""

    def run(self) -> None:
        for index in range(2):
            transceiver = self._peer.emit("get-transceiver", index)
            transceiver.set_property("direction", GstWebRTC.WebRTCRTPTransceiverDirection.SENDONLY)
        self._peer.connect("on-negotiation-needed", self._negotiate)
        self._peer.connect("notify::ice-gathering-state", self._gathered)
        self._peer.connect("notify::connection-state", self._state)
        bus = self._pipeline.get_bus()
        bus.add_signal_watch()
        bus.connect("message::error", lambda _, message: self._end(str(message.parse_error())))
        self._pipeline.set_state(Gst.State.PLAYING)
        GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, signal.SIGTERM, self._end, "")
        self._loop.run()
        if self._location:
            self._request("DELETE", self._location)
        self._pipeline.set_state(Gst.State.NULL)

    def _end(self, failed: str) -> None:
        self.failed = failed
        self._loop.quit()

    def _negotiate(self, _: object) -> None:
        def offered(promise: Gst.Promise) -> None:
            # the reply owns the offer: it has to live as long
            reply = promise.get_reply()
            offer = reply.get_value("offer")
            self._peer.emit("set-local-description", offer, None)

        self._peer.emit("create-offer", None, Gst.Promise.new_with_change_func(offered))

    def _gathered(self, *_: object) -> None:
        if self._peer.get_property("ice-gathering-state") == GstWebRTC.WebRTCICEGatheringState.COMPLETE:
            GLib.idle_add(self._publish)

    def _publish(self) -> None:
        offer = self._peer.get_property("local-description").sdp.as_text()
        try:
            answer, location = self._request("POST", self._url, offer.encode())
        except OSError as error:
            reason = error.read().decode() if hasattr(error, "read") else error
            self._end(f"{error}: {reason}")
            return
        self._location = urllib.parse.urljoin(self._url, location)
        print(f"published {self._location}", flush=True)
        _, message = GstSdp.SDPMessage.new_from_text(answer)
        description = GstWebRTC.WebRTCSessionDescription.new(GstWebRTC.WebRTCSDPType.ANSWER, message)
        self._peer.emit("set-remote-description", description, None)

    def _state(self, *_: object) -> None:
        if self._peer.get_property("connection-state") == GstWebRTC.WebRTCPeerConnectionState.CONNECTED:
            print("connected", flush=True)

    def _request(self, method: str, url: str, body: bytes | None = None) -> tuple[str, str]:
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/sdp"}
        request = urllib.request.Request(url, data=body, method=method, headers=headers)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read().decode(), answer.headers.get("Location", "")


def main() -> None:
    Gst.init(None)
    url, token, *options = sys.argv[1:]
    publisher = Publisher(url, token, B_FRAMES if "b-frames" in options else TUNED)
    publisher.run()
    if publisher.failed:
        sys.exit(publisher.failed)


main()
