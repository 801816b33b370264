"""One participant's transport: ICE-lite, DTLS and SRTP over one flow of datagrams.

Datagrams come in by `ParticipantTransport.handle_datagram` and go out by the function handed in; there is no
socket here. Once the handshake is done a packet goes straight through, without queue or task.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, Literal

from sfu.transport.aiortc_parts import RTCCertificate
from sfu.transport.dtls import DatagramPipe, DtlsServer
from sfu.transport.ice_lite import Address, Credentials, IceLite
from sfu.transport.sdp import Offer
from sfu.transport.srtp import SrtpKeys, SrtpReceiver, SrtpSender

CloseReason = Literal["consent-expired", "dtls-failed", "dtls-closed"]

FOLLOWED_PACKETS: Final = 3
"""So many in a row from another known address are no stragglers: the peer sends from there now."""
CANCEL_INTERVAL: Final = 0.1
HANDSHAKE_TIMEOUT: Final = 20.0
"""Seconds from the first valid connectivity check."""


class ParticipantTransport:
    """Needs a running event loop for its one task, which starts with the first valid connectivity check.

    ``on_connected`` is called once, when media can flow; ``on_disconnected`` and ``on_reconnected`` as consent is
    lost and found; ``on_closed`` once with the reason, unless `close` came first. After ``on_closed`` the owner
    still has to call `close`. Callbacks come from `handle_datagram`, from `tick` or from the task; none may raise.

    ``on_address`` is called when a connected participant is to be reached elsewhere. ``on_rtp`` and ``on_rtcp``
    get decrypted packets with their arrival time; ``count_drop`` a reason for each datagram that was thrown away.
    """

    def __init__(
        self,
        *,
        offer: Offer,
        certificate: RTCCertificate,
        ice_ufrag: str,
        ice_pwd: str,
        send: Callable[[bytes, Address], None],
        clock: Callable[[], float],
        on_connected: Callable[[], None],
        on_disconnected: Callable[[], None],
        on_reconnected: Callable[[], None],
        on_closed: Callable[[CloseReason], None],
        on_rtp: Callable[[bytes, float], None],
        on_rtcp: Callable[[bytes, float], None],
        on_address: Callable[[Address], None],
        count_drop: Callable[[str], None],
    ) -> None:
        self.address: Address | None = None
        """Where to send, as the kernel gives it; None before the first valid check and after the end."""
        self.sender: SrtpSender | None = None
        """None until the handshake is done and after the end."""
        self.connected = False
        """Whether the handshake is done and the peer consents to receive."""
        self._fingerprints = offer.fingerprints
        self._certificate = certificate
        self._ice = IceLite(Credentials(ice_ufrag, ice_pwd, offer.ice_ufrag), clock())
        self._receiver: SrtpReceiver | None = None
        self._pipe = DatagramPipe(self._send_dtls)
        self._dtls: DtlsServer | None = None
        self._task: asyncio.Task[None] | None = None
        self._handshake_started = 0.0
        self._closed = False
        self._elsewhere = 0
        self._send = send
        self._on_connected = on_connected
        self._on_disconnected = on_disconnected
        self._on_reconnected = on_reconnected
        self._on_closed = on_closed
        self._on_rtp = on_rtp
        self._on_rtcp = on_rtcp
        self._on_address = on_address
        self._count_drop = count_drop

    @property
    def ice_ufrags(self) -> tuple[str, ...]:
        """The username fragments by which checks may name this participant now."""
        return self._ice.local_ufrags

    @property
    def ice_credentials(self) -> Credentials:
        """The latest, also if the peer has not used them."""
        return self._ice.next_credentials or self._ice.credentials

    def restart_ice(self, credentials: Credentials) -> None:
        """Take new credentials too, until the peer uses them and the old ones end. DTLS and SRTP go on.

        Whoever delivers datagrams by `ice_ufrags` has to look again.
        """
        self._ice.restart(credentials)

    def knows(self, address: Address) -> bool:
        """Whether a valid connectivity check came from there."""
        return self._ice.knows(address)

    def last_check_from(self, address: Address) -> float | None:
        """When the last valid connectivity check came from there."""
        return self._ice.last_check_from(address)

    def forget(self, address: Address) -> None:
        """A connection is gone: go on with another address from which checks came, if there is one."""
        self._ice.forget(address)
        if address == self.address and self._ice.selected is not None:
            self._move(self._ice.selected)

    def handle_datagram(self, data: bytes, source: Address, now: float) -> None:
        """Take one datagram that seems to be for this participant (RFC 7983 section 7). Hot path."""
        if self._closed or not data:
            return
        first = data[0]
        if 127 < first < 192:
            if source != self.address and not self._ice.knows(source):
                self._count_drop("unknown-source")
            elif self._receiver is not None:
                if self._open(self._receiver, data, now):
                    self._follow(source)
            else:
                self._count_drop("before-handshake")
        elif first < 4:
            self._handle_stun(data, source, now)
        elif 19 < first < 64:
            if not self._ice.knows(source):
                self._count_drop("unknown-source")
            elif not self._pipe.feed(data):
                self._count_drop("dtls-queue-full")
        else:
            self._count_drop("unknown-protocol")

    def send_rtcp(self, data: bytes) -> None:
        """Send a compound packet of at most `MAX_RTCP_SIZE` bytes; before the handshake it is not sent."""
        if self.sender is not None and self.address is not None:
            self._send(self.sender.protect_rtcp(data), self.address)

    def tick(self, now: float) -> None:
        """Look at the clock; to be called about once a second."""
        if self._closed:
            return
        consent = self._ice.poll(now)
        if consent == "expired":
            self._finish("consent-expired")
        elif self._task is not None and self.sender is None and now - self._handshake_started >= HANDSHAKE_TIMEOUT:
            self._finish("dtls-failed")
        elif consent == "disconnected" and self.connected:
            self.connected = False
            self._on_disconnected()

    async def close(self) -> None:
        """Say goodbye and end the task. May be called again, and after ``on_closed``."""
        self._closed = True
        self.connected = False
        task, self._task = self._task, None
        while task is not None and not task.done():
            # Again and again: before Python 3.12 wait_for loses a cancellation that meets a datagram.
            task.cancel()
            await asyncio.wait((task,), timeout=CANCEL_INTERVAL)
        dtls, self._dtls = self._dtls, None
        if dtls is not None:
            await dtls.stop()
        self._forget()
        # Memory is given back at once, not when the garbage collector comes by: nothing leads back to the owner.
        self._pipe = DatagramPipe(_nothing)
        self._on_connected = self._on_disconnected = self._on_reconnected = _nothing
        self._on_closed = self._on_rtp = self._on_rtcp = self._on_address = _nothing

    def _handle_stun(self, data: bytes, source: Address, now: float) -> None:
        result = self._ice.handle(data, source, now)
        if result.drop is not None:
            self._count_drop(result.drop)
        if result.selected is not None:
            self._move(result.selected)
        if result.response is not None:
            self._send(result.response, source)
        if not result.valid:
            return
        if self._task is None:
            self._handshake_started = now
            self._dtls = DtlsServer(self._pipe, self._certificate)
            self._task = asyncio.get_running_loop().create_task(self._run(self._dtls))
            self._task.add_done_callback(self._ended)
        elif self.sender is not None and not self.connected:
            self.connected = True
            self._on_reconnected()

    def _move(self, address: Address) -> None:
        if address != self.address:
            self.address = address
            if self.sender is not None:
                self._on_address(address)

    def _follow(self, source: Address) -> None:
        """Go where the peer's own packets come from: it may have left the pair that it nominated last, and its
        checks may still come from an interface that nothing gets back to."""
        if source == self.address:
            self._elsewhere = 0
            return
        self._elsewhere += 1
        if self._elsewhere >= FOLLOWED_PACKETS and self._ice.knows(source):
            self._elsewhere = 0
            self._ice.selected = source
            self._move(source)

    def _open(self, receiver: SrtpReceiver, data: bytes, now: float) -> bool:
        """Hand on a packet; False when it is not authentic."""
        # RTP and RTCP share the port: RFC 5761 section 4.
        if len(data) > 1 and 191 < data[1] < 224:
            opened = receiver.unprotect_rtcp(data)
            if opened is not None:
                self._on_rtcp(opened, now)
                return True
        else:
            opened = receiver.unprotect(data)
            if opened is not None:
                self._on_rtp(opened, now)
                return True
        self._count_drop("srtp-refused")
        return False

    async def _run(self, dtls: DtlsServer) -> None:
        keys = await dtls.handshake(self._fingerprints)
        if keys is None:
            self._finish("dtls-failed")
            return
        self._secured(keys)
        await dtls.pump()
        self._finish("dtls-closed")

    def _secured(self, keys: SrtpKeys) -> None:
        if self._closed:
            return
        self.sender = SrtpSender(keys)
        self._receiver = SrtpReceiver(keys)
        self.connected = True
        self._on_connected()

    def _ended(self, task: asyncio.Task[None]) -> None:
        """A bug in the task costs this participant its transport, and is reported."""
        if not task.cancelled() and (error := task.exception()) is not None:
            context = {"message": "the transport of a participant failed", "exception": error, "task": task}
            task.get_loop().call_exception_handler(context)
            self._finish("dtls-failed")

    def _send_dtls(self, data: bytes) -> None:
        if self.address is not None:
            self._send(data, self.address)

    def _finish(self, reason: CloseReason) -> None:
        if self._closed:
            return
        self._closed = True
        self.connected = False
        if self._task is not None and self._task is not asyncio.current_task():
            self._task.cancel()
        self._forget()
        self._on_closed(reason)

    def _forget(self) -> None:
        self.sender = None
        self.address = None
        self._receiver = None


def _nothing(*_: object) -> None:
    """Nobody is told any more."""
