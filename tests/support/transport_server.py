"""The server's end of media connections without a session: transports on a port, and what they reported."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Callable

from aioice import stun
from aiortc import RTCCertificate

from sfu.transport.dtls import sha256_fingerprint
from sfu.transport.ice_lite import new_credentials
from sfu.transport.participant_transport import CloseReason, ParticipantTransport
from sfu.transport.sdp import Candidate, LocalParameters, Offer, SlotStreams, build_answer
from sfu.transport.udp import UdpMux

WAIT = 60.0


def signed_check(username: str, password: str) -> bytes:
    """A connectivity check that nominates."""
    message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    message.attributes["USERNAME"] = username
    message.attributes["PRIORITY"] = 1
    message.attributes["ICE-CONTROLLING"] = 1
    message.attributes["USE-CANDIDATE"] = None
    message.add_message_integrity(password.encode())
    return bytes(message)


class TransportServer:
    """``events`` are what transports told; ``rtp`` and ``rtcp`` what they decrypted."""

    def __init__(self, *, tcp: bool = False) -> None:
        self.drops: Counter[str] = Counter()
        self.events: list[str] = []
        self.rtp: list[bytes] = []
        self.rtcp: list[bytes] = []
        self.changed = asyncio.Condition()
        self.now_offset = 0.0
        self.mux = UdpMux.bind(["127.0.0.1", "::1"], 0, tcp=tcp, count_drop=self.count, clock=self.clock)
        self.mux.on_batch_end = self.notify
        self.mux.start(asyncio.get_running_loop())
        self.certificate = RTCCertificate.generateCertificate()
        self.transports: list[ParticipantTransport] = []
        self._notices: set[asyncio.Task[None]] = set()

    def clock(self) -> float:
        return asyncio.get_running_loop().time() + self.now_offset

    def count(self, reason: str) -> None:
        self.drops[reason] += 1
        self.notify()

    def notify(self) -> None:
        async def wake() -> None:
            async with self.changed:
                self.changed.notify_all()

        task = asyncio.get_running_loop().create_task(wake())
        self._notices.add(task)
        task.add_done_callback(self._notices.discard)

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(WAIT), self.changed:
            await self.changed.wait_for(condition)

    def add(self, offer: Offer) -> tuple[ParticipantTransport, str]:
        """A transport for the offer, and the password of its ICE end."""
        ufrag, password = new_credentials(os.urandom)

        def on_event(name: str) -> Callable[[], None]:
            def report() -> None:
                self.events.append(name)
                self.notify()

            return report

        def on_closed(reason: CloseReason) -> None:
            on_event(reason)()

        def on_rtp(data: bytes, now: float) -> None:
            self.rtp.append(data)
            self.notify()

        def on_rtcp(data: bytes, now: float) -> None:
            self.rtcp.append(data)
            self.notify()

        transport = ParticipantTransport(
            offer=offer,
            certificate=self.certificate,
            ice_ufrag=ufrag,
            ice_pwd=password,
            send=self.mux.sendto,
            clock=self.clock,
            on_connected=on_event("connected"),
            on_disconnected=on_event("disconnected"),
            on_reconnected=on_event("reconnected"),
            on_closed=on_closed,
            on_rtp=on_rtp,
            on_rtcp=on_rtcp,
            on_address=lambda address: on_event("moved")(),
            count_drop=self.count,
        )
        self.mux.register(transport)
        self.transports.append(transport)
        return transport, password

    def answer(self, offer: Offer, transport: ParticipantTransport, password: str) -> str:
        local = LocalParameters(
            ice_ufrag=transport.ice_credentials.local_ufrag,
            ice_pwd=password,
            fingerprint_sha256=sha256_fingerprint(self.certificate),
            candidates=(Candidate("127.0.0.1", self.mux.port), Candidate("::1", self.mux.port)),
        )
        slots = {
            line.mid: SlotStreams(1000 + line.index, 2000 + line.index, "podium", f"s{line.mid} t{line.mid}")
            for line in offer.receiving
        }
        return build_answer(offer, local, slots)

    async def close(self) -> None:
        for transport in self.transports:
            self.mux.unregister(transport)
            await transport.close()
        self.mux.close()
        await asyncio.gather(*self._notices)
