"""A WebRTC endpoint over one UDP socket: ICE checks by aioice, DTLS and SRTP by aiortc, nothing decoded.

It shares no code with the server's transport beyond the import of aiortc's parts, so that it also proves interop.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
from collections.abc import Callable
from functools import cache
from typing import Any, Final, cast

from OpenSSL import SSL
from pylibsrtp import Error as SrtpError

from bench.support.offers import Answer, Credentials, read_answer
from sfu.transport.aiortc_parts import (
    SRTP_AES128_CM_SHA1_80,
    RTCCertificate,
    RTCDtlsTransport,
    stun,
)
from sfu.transport.dtls import sha256_fingerprint

CHECK_RETRY_S: Final = 0.1
CONNECT_TIMEOUT_S: Final = 15.0
CONSENT_INTERVAL_S: Final = 2.5
"""Between connectivity checks once connected, as Chromium does it."""
RECEIVE_BUFFER: Final = 1 << 20
_PRIORITY: Final = 1853693695
"""Of a peer-reflexive candidate (RFC 8445 section 5.1.2.1)."""


@cache
def _certificate() -> RTCCertificate:
    """One for all peers of a process: making one costs more than a handshake."""
    return RTCCertificate.generateCertificate()


class _DtlsPath:
    """What RTCDtlsTransport asks of an ICE transport."""

    role = "controlling"
    state = "completed"

    def __init__(self, send: Callable[[bytes], object]) -> None:
        self.received: asyncio.Queue[bytes] = asyncio.Queue()
        self._send_datagram = send

    async def _recv(self) -> bytes:
        return await self.received.get()

    async def _send(self, data: bytes) -> None:
        self._send_datagram(data)


class Peer:
    """Connects by `connect`; after that its owner reads ``socket`` and passes on what is not RTP by `handle`.

    ``on_rtp`` gets packets as they came, still encrypted; ``on_rtcp`` gets decrypted ones.
    """

    def __init__(
        self, on_rtp: Callable[[bytes], None], on_rtcp: Callable[[bytes], None], *, aes_cm: bool = False
    ) -> None:
        """``aes_cm``: offer AES-CM with HMAC-SHA1 alone, else AES-GCM too."""
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        self.socket.bind(("127.0.0.1", 0))
        self.credentials = Credentials(
            secrets.token_hex(4), secrets.token_hex(16), sha256_fingerprint(_certificate())
        )
        self.checks_answered = 0
        self._on_rtp = on_rtp
        self._on_rtcp = on_rtcp
        self._answer: Answer | None = None
        self._answered = asyncio.Event()
        self._path = _DtlsPath(self._send)
        self._dtls = RTCDtlsTransport(cast(Any, self._path), [_certificate()])
        self._dtls._set_role("client")
        if aes_cm:
            self._dtls._srtp_profiles = [SRTP_AES128_CM_SHA1_80]

    async def connect(self, answer: str) -> None:
        """ICE, then DTLS. Raises TimeoutError or ConnectionError."""
        self._answer = read_answer(answer)
        self.socket.connect(self._answer.address)
        loop = asyncio.get_running_loop()
        loop.add_reader(self.socket, self.read)
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                await self._find_path()
                await self._dtls.start(self._answer.dtls)
        except SSL.Error as error:
            raise ConnectionError(f"DTLS: {error!r}") from error
        finally:
            loop.remove_reader(self.socket)
        if self._dtls.state != "connected":
            raise ConnectionError(f"the DTLS handshake ended {self._dtls.state}")

    async def close(self) -> None:
        await self._dtls.stop()
        self.socket.close()

    def read(self) -> None:
        """Take everything that waits in the socket."""
        try:
            while True:
                self.handle(self.socket.recv(2048))
        except BlockingIOError:
            return

    def handle(self, data: bytes) -> None:
        """Take one datagram (RFC 7983 section 7)."""
        first = data[0] if data else 255
        if 127 < first < 192:
            if len(data) > 1 and 191 < data[1] < 224:
                if self._dtls._rx_srtp is not None:  # else it overtook the end of the handshake
                    # what is meant for a peer that had this port before is not authentic
                    with contextlib.suppress(SrtpError):
                        self._on_rtcp(self._dtls._rx_srtp.unprotect_rtcp(data))
            else:
                self._on_rtp(data)
        elif 19 < first < 64:
            self._path.received.put_nowait(data)
        elif first < 4:
            self._handle_stun(data)

    def open(self, data: bytes) -> bytes:
        """Decrypt an RTP packet."""
        return self._dtls._rx_srtp.unprotect(data)

    def send_rtp(self, data: bytes) -> None:
        self._send(self._dtls._tx_srtp.protect(data))

    def send_rtcp(self, data: bytes) -> None:
        self._send(self._dtls._tx_srtp.protect_rtcp(data))

    def check(self) -> None:
        """Send one connectivity check, which also renews consent (RFC 7675)."""
        assert self._answer is not None
        request = stun.Message(
            message_method=stun.Method.BINDING,
            message_class=stun.Class.REQUEST,
            attributes={
                "USERNAME": f"{self._answer.ufrag}:{self.credentials.ufrag}",
                "PRIORITY": _PRIORITY,
                "ICE-CONTROLLING": 1,
                "USE-CANDIDATE": None,
            },
        )
        request.add_message_integrity(self._answer.pwd.encode())
        self._send(bytes(request))

    def _send(self, data: bytes) -> None:
        self.socket.send(data)

    async def _find_path(self) -> None:
        while not self._answered.is_set():
            self.check()
            try:
                async with asyncio.timeout(CHECK_RETRY_S):
                    await self._answered.wait()
            except TimeoutError:
                continue

    def _handle_stun(self, data: bytes) -> None:
        assert self._answer is not None
        message = stun.parse_message(data)
        valid = message.check_message_integrity(self._answer.pwd.encode())
        if valid and message.message_class == stun.Class.RESPONSE:
            self.checks_answered += 1
            self._answered.set()
