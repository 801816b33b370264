"""A program that publishes or plays by WHIP and WHEP: the HTTP side of it."""

from __future__ import annotations

import json
from typing import Any

import aiohttp
from multidict import CIMultiDictProxy

SDP = "application/sdp"
FRAGMENT = "application/trickle-ice-sdpfrag"


class Answer:
    """Of one request; ``problem`` is its code when it was refused."""

    def __init__(self, status: int, headers: CIMultiDictProxy[str], text: str) -> None:
        self.status = status
        self.headers = headers
        self.text = text

    @property
    def problem(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.text)
        return found

    @property
    def location(self) -> str:
        return self.headers["Location"]

    @property
    def etag(self) -> str:
        return self.headers["ETag"]


class StreamClient:
    def __init__(self, http: aiohttp.ClientSession, url: str, token: str) -> None:
        self._http = http
        self._url = url
        self.token = token

    async def request(self, method: str, path: str, body: str = "", **headers: str) -> Answer:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        url = path if path.startswith("http") else self._url + path
        data = body.encode() or None
        async with self._http.request(method, url, data=data, headers=sent, allow_redirects=False) as answer:
            return Answer(answer.status, answer.headers, await answer.text())

    async def post(self, path: str, offer: str) -> Answer:
        return await self.request("POST", path, offer, Content_Type=SDP)

    async def patch(self, path: str, fragment: str, etag: str = "") -> Answer:
        matches = {"If_Match": etag} if etag else {}
        return await self.request("PATCH", path, fragment, Content_Type=FRAGMENT, **matches)

    async def delete(self, path: str) -> Answer:
        return await self.request("DELETE", path)


def line(kind: str, mid: str, direction: str, codec: str = "", ufrag: str = "abcd", port: int = 9) -> str:
    """One line of a description, as short as it can be."""
    codec = codec or ("opus/48000/2" if kind == "audio" else "H264/90000")
    return (
        f"m={kind} {port} UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=mid:{mid}\r\na={direction}\r\n"
        f"a=ice-ufrag:{ufrag}\r\na=ice-pwd:{'p' * 22}\r\na=rtpmap:96 {codec}\r\n"
    )


def description(*lines: str) -> str:
    return "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n" + "".join(lines)


def fragment(ufrag: str) -> str:
    """New credentials, as a client sends them to restart ICE."""
    return f"a=ice-ufrag:{ufrag}\r\na=ice-pwd:{'q' * 22}\r\nm=audio 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:0\r\n"


PUBLISHED = description(line("audio", "0", "sendonly"), line("video", "1", "sendonly"))
PLAYED = description(line("audio", "0", "recvonly"), line("video", "1", "recvonly"))
