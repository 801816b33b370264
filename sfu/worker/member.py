"""A member: a participant of a session joined to its transport."""

from __future__ import annotations

import logging
import secrets
import socket
from collections.abc import Callable, Mapping

from sfu.description import SlotStreams
from sfu.forwarding.drops import Drops
from sfu.forwarding.outgoing.line import Encrypt, Outbound, SendMessage, SendTo
from sfu.forwarding.participant import Participant
from sfu.forwarding.session import Session
from sfu.messages import Event, ParticipantClosed, ParticipantConnected, ParticipantDisconnected
from sfu.transport.aiortc_parts import RTCCertificate
from sfu.transport.dtls import sha256_fingerprint
from sfu.transport.ice_lite import Address, Credentials, new_credentials
from sfu.transport.participant_transport import ParticipantTransport
from sfu.transport.sdp import Candidate, LocalParameters, Offer, build_answer
from sfu.transport.sdp_restart import build_fragment, is_fragment, restart_credentials
from sfu.transport.srtp import SrtpSender
from sfu.transport.udp import UdpMux

log = logging.getLogger(__name__)


class Member:
    """Carries packets from the transport into the session and tells the control plane how the transport fares."""

    def __init__(
        self,
        session: Session,
        participant: Participant,
        *,
        offer: Offer,
        streams: Mapping[str, SlotStreams],
        opus_bps: int,
        candidates: Callable[[], tuple[Candidate, ...]],
        certificate: RTCCertificate,
        mux: UdpMux,
        drops: Drops,
        clock: Callable[[], float],
        emit: Callable[[Event], None],
        on_closed: Callable[[Member], None],
    ) -> None:
        self.session = session
        self.participant = participant
        self._mux = mux
        self._drops = drops
        self._clock = clock
        self._emit = emit
        self._on_closed = on_closed
        self._left = False
        self._offer = offer
        self._remote_pwd = offer.ice_pwd
        self._streams = streams
        self._opus_bps = opus_bps
        self._candidates = candidates
        self._fingerprint = sha256_fingerprint(certificate)
        ice_ufrag, ice_pwd = new_credentials(secrets.token_bytes)
        self.transport = ParticipantTransport(
            offer=offer,
            certificate=certificate,
            ice_ufrag=ice_ufrag,
            ice_pwd=ice_pwd,
            send=mux.sendto,
            clock=clock,
            on_connected=self._connected,
            on_disconnected=self._disconnected,
            on_reconnected=self._reconnected,
            on_closed=self._closed,
            on_rtp=self._rtp,
            on_rtcp=self._rtcp,
            on_address=self._moved,
            count_drop=drops.count,
        )
        mux.register(self.transport)

    def answer(self) -> str:
        """The answer to the offer it was made with, with its latest credentials."""
        return build_answer(self._offer, self._local(), self._streams, opus_bps=self._opus_bps)

    def restart_ice(self, sdp: str) -> str:
        """Take the peer's new credentials and make new ones; the answer, to a fragment a fragment.

        The same credentials again are no restart: the answer is the one they got. Raises `BadSdp`.
        """
        ufrag, password = restart_credentials(sdp, self._offer)
        if (ufrag, password) != (self.transport.ice_credentials.remote_ufrag, self._remote_pwd):
            self.transport.restart_ice(Credentials(*new_credentials(secrets.token_bytes), ufrag))
            self._remote_pwd = password
            self._mux.register(self.transport)
        return build_fragment(self._offer, self._local()) if is_fragment(sdp) else self.answer()

    def _local(self) -> LocalParameters:
        credentials = self.transport.ice_credentials
        return LocalParameters(
            credentials.local_ufrag, credentials.local_pwd, self._fingerprint, self._candidates()
        )

    def leave(self) -> None:
        """Let nothing more into the session; `close` follows, once the session said goodbye."""
        self._left = True

    async def close(self) -> None:
        self._mux.unregister(self.transport)
        await self.transport.close()

    def _connected(self) -> None:
        if self.session.participants.get(self.participant.id) is not self.participant:
            return  # it left, or was replaced, while the handshake ended
        sender, address = self.transport.sender, self.transport.address
        assert sender is not None and address is not None
        self.session.connected(
            self.participant.id, self._outbound(sender, address), self.transport.send_rtcp, self._clock()
        )
        self._emit_connected()

    def _emit_connected(self) -> None:
        self._emit(ParticipantConnected(session_id=self.session.id, participant_id=self.participant.id))

    def _outbound(self, sender: SrtpSender, address: Address) -> Outbound:
        sendto, sendmsg = self._way_to(address)
        if sender.encrypt is not None:
            return Outbound(sender.encrypt, sender.salt, sendto, address, sendmsg)
        return Outbound(by_nonce(sender), 0, sendto, address, sendmsg)

    def _way_to(self, address: Address) -> tuple[SendTo, SendMessage | None]:
        """What sends there; the second, where datagrams can leave in batches, is a socket's ``sendmsg``."""
        way = self._mux.socket_for(address)
        return way.sendto, way.sendmsg if isinstance(way, socket.socket) else None

    def _moved(self, address: Address) -> None:
        line = self.participant.line
        if line is not None:
            sendto, sendmsg = self._way_to(address)
            line.move(sendto, address, sendmsg, self._clock())

    def _disconnected(self) -> None:
        self._emit(ParticipantDisconnected(session_id=self.session.id, participant_id=self.participant.id))

    def _reconnected(self) -> None:
        self._emit_connected()

    def _closed(self, reason: str) -> None:
        self._emit(
            ParticipantClosed(session_id=self.session.id, participant_id=self.participant.id, reason=reason)
        )
        self._on_closed(self)

    def _rtp(self, data: bytes, now: float) -> None:
        if self._left:
            return
        try:
            self.session.handle_rtp(self.participant, data, now)
        except Exception as error:
            self._bug("RTP", error)

    def _rtcp(self, data: bytes, now: float) -> None:
        if self._left:
            return
        try:
            self.session.handle_rtcp(self.participant, data, now)
        except Exception as error:
            self._bug("RTCP", error)

    def _bug(self, what: str, error: Exception) -> None:
        """A packet met a bug of ours: it is dropped, and nobody else's class suffers for it."""
        self._drops.count("internal-error")
        log.error("a %s packet of %s could not be handled", what, self.participant.id, exc_info=error)


def by_nonce(sender: SrtpSender) -> Encrypt:
    """AES-CM in the shape that fits the fan-out loop: with salt 0 the nonce is SSRC and index in the clear."""

    def encrypt(nonce: bytes, plaintext: bytes, header: bytes) -> bytes:
        ssrc, index = int.from_bytes(nonce[2:6], "big"), int.from_bytes(nonce[6:], "big")
        return sender.protect(header, plaintext, ssrc, index)[len(header) :]

    return encrypt
