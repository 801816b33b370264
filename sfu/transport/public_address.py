"""Which address the port has from outside, by asking a STUN server (RFC 8489) from the port itself.

For machines behind a 1:1 NAT that know only private addresses of theirs. Asking from another socket would tell
another port where the NAT maps ports.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import secrets
import socket
import struct
from collections.abc import Callable
from typing import Final, cast

from sfu.config import STUN_PORT, host_and_port
from sfu.transport.addresses import Mapped
from sfu.transport.aiortc_parts import stun
from sfu.transport.ice_lite import Address
from sfu.transport.udp import UdpMux

RETRANSMIT_AT_S: Final = (0.5, 1.0, 2.0)
"""Waits after each time the question is asked (RFC 8489 section 6.2.1, shorter: somebody is waiting)."""
ASK_AGAIN_S: Final = 300.0

log = logging.getLogger(__name__)


class Question:
    """One transaction: `request` goes to ``server``, and only its answer from there counts."""

    def __init__(self, server: Address, transaction_id: bytes) -> None:
        self._server = server
        self._transaction_id = transaction_id
        self.request = bytes(stun.Message(stun.Method.BINDING, stun.Class.REQUEST, transaction_id=transaction_id))

    def read(self, data: bytes, source: Address) -> Mapped | None:
        """What the datagram says; None if it is not the answer. Never raises."""
        if data[8:20] != self._transaction_id or source != self._server:
            return None
        try:
            response = stun.parse_message(data)
            attributes = response.attributes
            mapped = attributes.get("XOR-MAPPED-ADDRESS") or attributes.get("MAPPED-ADDRESS")
            if response.message_class is not stun.Class.RESPONSE or mapped is None:
                return None
            return str(ipaddress.ip_address(mapped[0])), int(mapped[1])
        except (ValueError, struct.error, LookupError):
            return None


class PublicAddress:
    """Asks ``server`` through the port; ``on_change`` is told each address that differs from the last.

    What fails is logged once, and asked again: nothing else depends on it.
    """

    def __init__(self, server: str, mux: UdpMux, on_change: Callable[[Mapped], None]) -> None:
        self._server = server
        self._mux = mux
        self._on_change = on_change
        self._last: Mapped | None = None
        self._complained = False

    async def ask(self) -> None:
        """Ask once, with retransmissions; takes at most the sum of `RETRANSMIT_AT_S` and a name lookup."""
        try:
            mapped = await self._ask()
        except (OSError, UnicodeError) as error:
            self._complain(f"cannot be found ({error})")
            return
        if mapped is None:
            self._complain("does not answer")
            return
        self._complained = False
        if mapped != self._last:
            self._last = mapped
            log.info("the media port is %s port %d from outside", *mapped)
            self._on_change(mapped)

    async def run(self) -> None:
        """Ask again now and then, until cancelled: addresses change."""
        while True:
            await asyncio.sleep(ASK_AGAIN_S)
            await self.ask()

    async def _ask(self) -> Mapped | None:
        loop = asyncio.get_running_loop()
        host, port = host_and_port(self._server, STUN_PORT)
        found = await loop.getaddrinfo(host, port, family=socket.AF_INET, type=socket.SOCK_DGRAM)
        server = cast(tuple[str, int], found[0][4])
        question = Question(server, secrets.token_bytes(12))
        answer: asyncio.Future[Mapped] = loop.create_future()

        def look(data: bytes, source: Address) -> None:
            mapped = question.read(data, source)
            if mapped is not None and not answer.done():
                answer.set_result(mapped)

        self._mux.on_stun_response = look
        try:
            for wait in RETRANSMIT_AT_S:
                self._mux.sendto(question.request, server)
                done, _ = await asyncio.wait((answer,), timeout=wait)
                if done:
                    return answer.result()
        finally:
            self._mux.on_stun_response = None
        return None

    def _complain(self, what: str) -> None:
        if not self._complained:
            self._complained = True
            log.warning(
                "The STUN server %s %s. Clients are told only this machine's own addresses: set media.announce if "
                "they cannot be reached from outside.",
                self._server,
                what,
            )
