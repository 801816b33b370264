"""A tutor that is a program: joins a class as a browser would, and publishes two tracks."""

from __future__ import annotations

import asyncio
import logging
import secrets
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import msgspec
import socketio
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from socketio.exceptions import ConnectionError as CannotConnect
from socketio.exceptions import DisconnectedError
from socketio.exceptions import TimeoutError as NoAnswer

from demo.tracks import Melody, Picture
from signaling.protocol.session import ConnectMedia, JoinSession, UpdateMediaState

log = logging.getLogger(__name__)

RETRY_S = 1.0


class Dismissed(Exception):
    """The class is over, or the tutor was taken out of it."""


class Refused(Exception):
    """The server said no."""


class DemoTutor:
    """``await DemoTutor(...).run()`` teaches until the class ends, and comes back when the server does."""

    def __init__(self, url: str, class_id: str, token: str) -> None:
        self._url = url
        self._class_id = class_id
        self._token = token
        self._seat_key = secrets.token_urlsafe(24)

    async def run(self) -> None:
        """Returns when the class has ended. Raises `Refused` when it may not teach."""
        while True:
            try:
                await self._teach()
            except Dismissed as ending:
                log.info("%s", ending)
                return
            except (aiohttp.ClientError, CannotConnect, DisconnectedError, NoAnswer, OSError) as error:
                log.info("the server cannot be reached (%s); trying again", error or type(error).__name__)
            await asyncio.sleep(RETRY_S)

    async def _teach(self) -> None:
        """One connection, from start to end."""
        await self._start_class()
        connection: Any = socketio.AsyncClient(reconnection=False)
        news: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()
        for event in ("disconnect", "media-reset", "removed", "live-class-ended"):
            connection.on(event, lambda data=None, event=event: news.put_nowait((event, data)))
        # the library drops the path of the URL
        path = f"{urlsplit(self._url).path}/socket.io"
        auth = {"token": self._token}
        await connection.connect(self._url, auth=auth, transports=["websocket"], socketio_path=path)
        try:
            join = JoinSession(live_class_id=self._class_id, seat_key=self._seat_key)
            await _ask(connection, "join-session", join)
            while await self._publish(connection, news):
                pass
        finally:
            await connection.disconnect()

    async def _publish(self, connection: Any, news: asyncio.Queue[tuple[str, Any]]) -> bool:
        """Send until something happens; whether to connect media anew."""
        peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        sources = {"audio": "mic", "video": "camera"}
        try:
            for track in (Melody(), Picture()):
                peer.addTransceiver(track, direction="sendonly")
            await peer.setLocalDescription(await peer.createOffer())
            lines = {line.mid: sources[line.kind] for line in peer.getTransceivers() if line.mid}
            offer = msgspec.convert({"offer": peer.localDescription.sdp, "sources": lines}, ConnectMedia)
            answer = await _ask(connection, "connect-media", offer)
            await peer.setRemoteDescription(RTCSessionDescription(sdp=answer["answer"], type="answer"))
            state = UpdateMediaState(is_audio_on=True, is_video_on=True, is_screen_on=False)
            await _ask(connection, "update-media-state", state)
            log.info("the demo tutor is on the air")
            event, data = await news.get()
        finally:
            await peer.close()
        if event in ("removed", "live-class-ended"):
            raise Dismissed("the class has ended: the demo tutor has left")
        log.info("connecting again: %s", data if event == "media-reset" else "the server went away")
        return event == "media-reset"

    async def _start_class(self) -> None:
        """See that the class is live; starting it twice does no harm."""
        headers = {"Authorization": f"Bearer {self._token}"}
        path = f"{self._url}/api/v1/live-classes/{self._class_id}/start"
        async with aiohttp.ClientSession() as http, http.post(path, headers=headers) as answer:
            if answer.status in (401, 403, 404):
                raise Refused(f"the class {self._class_id} cannot be started: {await answer.text()}")
            if answer.status >= 500:
                raise CannotConnect(f"status {answer.status}")


async def _ask(connection: Any, event: str, payload: msgspec.Struct) -> dict[str, Any]:
    """Send an event; its acknowledgement. Raises `Refused`, or what the connection raises."""
    answer: dict[str, Any] = await connection.call(event, msgspec.to_builtins(payload), timeout=10)
    if not answer["ok"]:
        problem = answer["error"]
        if problem["code"] in ("media_unavailable", "internal", "not_joined"):
            raise CannotConnect(problem["message"])
        raise Refused(f"{event}: {problem['message']}")
    return answer
