"""The server end of a DTLS-SRTP handshake (RFC 5763, RFC 5764), by aiortc's RTCDtlsTransport.

aiortc does the handshake, its retransmissions and the check of the fingerprint. Left to ourselves are the SRTP
sessions and the pump, so that it needs no task of its own and hostile input ends in a state, not in a traceback.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Final, cast

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509 import InvalidVersion
from OpenSSL import SSL

from sfu.transport.aiortc_parts import (
    SRTP_AEAD_AES_128_GCM,
    SRTP_AES128_CM_SHA1_80,
    RTCCertificate,
    RTCDtlsFingerprint,
    RTCDtlsParameters,
    RTCDtlsTransport,
    SRTPProtectionProfile,
    State,
)
from sfu.transport.srtp import Profile, SrtpKeys

QUEUE_SIZE: Final = 64
"""Datagrams that may wait for the handshake; a whole one takes less than ten."""

_EXPORTER_LABEL: Final = b"EXTRACTOR-dtls_srtp"
_PROFILES: Final[dict[bytes, tuple[Profile, SRTPProtectionProfile]]] = {
    item.openssl_profile: (name, item)
    for name, item in cast(
        list[tuple[Profile, SRTPProtectionProfile]],
        [("AEAD_AES_128_GCM", SRTP_AEAD_AES_128_GCM), ("AES128_CM_SHA1_80", SRTP_AES128_CM_SHA1_80)],
    )
}
"""The SRTP profiles, the preferred first."""


def sha256_fingerprint(certificate: RTCCertificate) -> str:
    """The certificate's fingerprint as an answer states it."""
    return next(item.value for item in certificate.getFingerprints() if item.algorithm == "sha-256")


@lru_cache(maxsize=8)
def _context(certificate: RTCCertificate) -> SSL.Context:
    """One for all connections: making it costs, and it cannot be freed but by the garbage collector."""
    context = certificate._create_ssl_context(srtp_profiles=[item for _, item in _PROFILES.values()])
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)  # it would keep something of everybody
    return context


class DatagramPipe:
    """What RTCDtlsTransport asks of an ICE transport: datagrams in by a bounded queue, out by a function."""

    role = "controlling"
    state = "completed"

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self._send_datagram = send
        self._queue: asyncio.Queue[bytes] = asyncio.Queue(QUEUE_SIZE)

    def feed(self, data: bytes) -> bool:
        """Hand in one received datagram; False if there is no room."""
        if self._queue.full():
            return False
        self._queue.put_nowait(data)
        return True

    async def _recv(self) -> bytes:
        return await self._queue.get()

    async def _send(self, data: bytes) -> None:
        self._send_datagram(data)


class DtlsServer(RTCDtlsTransport):
    """One handshake and what follows it: `handshake`, then `pump`, then `stop`."""

    def __init__(self, pipe: DatagramPipe, certificate: RTCCertificate) -> None:
        super().__init__(cast(Any, pipe), [certificate])
        self._certificate = certificate
        self._srtp_profiles = [item for _, item in _PROFILES.values()]
        self._keys: SrtpKeys | None = None
        self._set_role("server")

    async def handshake(self, fingerprints: Sequence[tuple[str, str]]) -> SrtpKeys | None:
        """Wait for the peer's handshake; None if it failed or the peer is not who the offer said."""
        self._ssl = SSL.Connection(_context(self._certificate))
        self._ssl.set_accept_state()
        self._set_state(State.CONNECTING)
        await self._do_handshake()
        if self._state != State.CONNECTING:
            return None
        remote = RTCDtlsParameters([RTCDtlsFingerprint(algorithm, value) for algorithm, value in fingerprints])
        try:
            self._validate_peer_identity(remote)
            if self._state == State.CONNECTING:
                self._setup_srtp()
        except (ValueError, InvalidVersion, UnsupportedAlgorithm, SSL.Error):
            # A certificate that OpenSSL takes need not be one that can be parsed.
            self._set_state(State.FAILED)
        if self._state != State.CONNECTING:
            return None
        self._set_state(State.CONNECTED)
        return self._keys

    async def pump(self) -> None:
        """Answer what comes after the handshake; returns when the peer closes."""
        try:
            while True:
                await self._recv_next()
        except ConnectionError:
            self._set_state(State.CLOSED)

    async def _recv_next(self) -> None:
        # OpenSSL's retransmission timer may fire with nothing to send; then it says that it wants to read.
        with contextlib.suppress(SSL.WantReadError):
            await super()._recv_next()

    def _setup_srtp(self) -> None:
        connection = cast(SSL.Connection, self._ssl)
        selected = _PROFILES.get(connection.get_selected_srtp_profile())
        if selected is None:
            self._set_state(State.FAILED)
            return
        profile = selected[0]
        material = connection.export_keying_material(_EXPORTER_LABEL, SrtpKeys.exported_length(profile))
        self._keys = SrtpKeys.from_exporter(profile, material, server=True)
