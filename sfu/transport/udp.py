"""One port for all participants of a worker, of UDP and of TCP, on IPv4 and IPv6 (RFC 7983, RFC 8445, RFC 6544).

A known source address leads to its participant. A connectivity check leads to the participant whose username
fragment it names, and its address is learnt only after the participant found the check's integrity right.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import time
from collections.abc import Callable, Sequence
from struct import Struct
from typing import Final, Protocol

from sfu.transport.binding import BUFFER_SIZE, bind_port
from sfu.transport.ice_lite import DISCONNECTED_AFTER, Address, TcpAddress, is_stun, username_fragment
from sfu.transport.tcp import TcpServer

__all__ = ["BATCH_SIZE", "BUFFER_SIZE", "Endpoint", "UdpMux", "send_failure"]

BATCH_SIZE: Final = 64
"""Datagrams read from one socket before the event loop gets its turn."""
_MAX_DATAGRAM: Final = 2048
_RESPONSE: Final = 1
"""The first byte of a STUN binding response, of success or of error."""
_MAX_LATENESS: Final = 1.0
"""Seconds; a kernel timestamp further back than that means that the wall clock was set."""
_SO_TIMESTAMPNS: Final = 35
_TIMESPEC: Final = Struct("@ll")
_ANCILLARY_SIZE: Final = socket.CMSG_SPACE(_TIMESPEC.size)


class Endpoint(Protocol):
    """What the port needs of a participant's transport."""

    @property
    def ice_ufrags(self) -> tuple[str, ...]: ...
    def handle_datagram(self, data: bytes, source: Address, now: float) -> None: ...
    def knows(self, address: Address) -> bool: ...
    def last_check_from(self, address: Address) -> float | None: ...
    def forget(self, address: Address) -> None: ...


class Way(Protocol):
    """How a datagram leaves: a UDP socket or a TCP connection."""

    def sendto(self, data: bytes, address: Address, /) -> int: ...


class UdpMux:
    """The sockets of one port number. Made by `bind`; `start` makes it read, `close` ends it."""

    def __init__(
        self,
        sockets: Sequence[socket.socket],
        count_drop: Callable[[str], None],
        clock: Callable[[], float],
        listeners: Sequence[socket.socket] = (),
    ) -> None:
        self.on_batch_end: Callable[[], None] | None = None
        """Called after each batch of datagrams was handled."""
        self.on_wait: Callable[[float], None] | None = None
        """Told once per batch how long its first datagram had waited in the kernel, in seconds."""
        self.on_stun_response: Callable[[bytes, Address], None] | None = None
        """Gets the answers of STUN servers, unverified."""
        self.port: int = sockets[0].getsockname()[1]
        self._sockets = tuple(sockets)
        self._count_drop = count_drop
        self._clock = clock
        self._loop: asyncio.AbstractEventLoop | None = None
        self._by_ufrag: dict[str, Endpoint] = {}
        self._by_source: dict[Address, Endpoint] = {}
        self._ufrags: dict[Endpoint, tuple[str, ...]] = {}
        self._learnt: dict[Endpoint, set[Address]] = {}
        # Where several addresses of a family are bound, an answer has to leave from the one that was asked.
        self._by_family = {item.family: item for item in reversed(self._sockets)}
        self._ambiguous = len(self._by_family) < len(self._sockets)
        self._socket_of: dict[Address, socket.socket] = {}
        self._tcp = TcpServer(listeners, self, count_drop=count_drop, clock=clock) if listeners else None

    @classmethod
    def bind(
        cls,
        listen: Sequence[str],
        port: int,
        *,
        tcp: bool = False,
        count_drop: Callable[[str], None] = lambda reason: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> UdpMux:
        """Bind each address that this machine has; port 0 takes one that is free on all. Raises `CannotStart`."""
        sockets, listeners = bind_port(listen, port, tcp=tcp)
        return cls(sockets, count_drop, clock, listeners)

    @property
    def has_tcp(self) -> bool:
        return self._tcp is not None

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        for item in self._sockets:
            loop.add_reader(item, self._read, item)
        if self._tcp is not None:
            self._tcp.start(loop)

    def close(self) -> None:
        if self._tcp is not None:
            self._tcp.close()
        for item in self._sockets:
            if self._loop is not None:
                self._loop.remove_reader(item)
            item.close()
        self._loop = None

    def register(self, transport: Endpoint) -> None:
        """Deliver datagrams to a participant from now on; again, when its username fragments have changed.

        ValueError if a fragment is in use by another.
        """
        names = transport.ice_ufrags
        if any(self._by_ufrag.get(name, transport) is not transport for name in names):
            raise ValueError("the username fragment is in use")
        for name in self._ufrags.get(transport, ()):
            del self._by_ufrag[name]
        self._by_ufrag.update(dict.fromkeys(names, transport))
        self._ufrags[transport] = names
        self._learnt.setdefault(transport, set())

    def unregister(self, transport: Endpoint) -> None:
        """Forget a participant and its addresses; nothing happens if it is not registered."""
        for name in self._ufrags.pop(transport, ()):
            del self._by_ufrag[name]
        for address in self._learnt.pop(transport, ()):
            self._forget(address, transport)

    def socket_for(self, address: Address) -> Way:
        """What datagrams to this address leave by: a socket, unless it is a TCP connection."""
        if isinstance(address, TcpAddress):
            connection = self._tcp.connection(address) if self._tcp is not None else None
            return connection or _NOWHERE
        if self._ambiguous and (learnt := self._socket_of.get(address)) is not None:
            return learnt
        family = socket.AF_INET if len(address) == 2 else socket.AF_INET6
        return self._by_family.get(family, self._sockets[0])

    def sendto(self, data: bytes, address: Address) -> None:
        """Send without waiting. What the kernel does not take is lost, and counted."""
        try:
            self.socket_for(address).sendto(data, address)
        except OSError as error:
            self._count_drop(send_failure(error))

    def _read(self, source_socket: socket.socket) -> None:
        receive, by_source, clock = source_socket.recvmsg, self._by_source, self._clock
        since_wall = clock() - time.time()
        waiting = self.on_wait
        for _ in range(BATCH_SIZE):
            try:
                data, ancillary, _, source = receive(_MAX_DATAGRAM, _ANCILLARY_SIZE)
            except (BlockingIOError, InterruptedError):
                break
            except OSError:
                # Such as an ICMP error of an earlier send, reported here.
                self._count_drop("receive-failed")
                continue
            if waiting is not None:
                waiting(waited(ancillary))
                waiting = None
            if data and data[0] < 4:
                self._handle_stun(data, source, source_socket)
                continue
            transport = by_source.get(source)
            if transport is not None:
                transport.handle_datagram(data, source, arrival_time(ancillary, since_wall, clock()))
            else:
                self._count_drop("unknown-source")
        self.batch_ended()

    # --- what comes by TCP ----------------------------------------------------------------------------

    def deliver(self, data: bytes, source: TcpAddress) -> bool:
        """Take one packet; whether the source is known to belong to a participant now."""
        if data[0] < 4:
            self._handle_stun(data, source, None)
        elif (transport := self._by_source.get(source)) is not None:
            transport.handle_datagram(data, source, self._clock())
        else:
            self._count_drop("unknown-source")
        return source in self._by_source

    def lost(self, source: TcpAddress) -> None:
        """The connection is gone."""
        transport = self._by_source.pop(source, None)
        if transport is not None:
            self._learnt[transport].discard(source)
            transport.forget(source)

    def batch_ended(self) -> None:
        if self.on_batch_end is not None:
            self.on_batch_end()

    # --- who a datagram is for ------------------------------------------------------------------------

    def _handle_stun(self, data: bytes, source: Address, source_socket: socket.socket | None) -> None:
        if not is_stun(data):
            self._count_drop("stun-malformed")
            return
        if data[0] == _RESPONSE and self.on_stun_response is not None:
            self.on_stun_response(data, source)
            return
        fragment = username_fragment(data)
        transport = self._by_ufrag.get(fragment) if fragment is not None else None
        if transport is None:
            self._count_drop("stun-unknown-username")
            return
        now = self._clock()
        owner = self._by_source.get(source)
        if owner is not None and owner is not transport and _is_live(owner, source, now):
            # A participant who forges the address of another one must not cut that one off.
            self._count_drop("address-in-use")
            return
        if self._ambiguous and owner is None and source_socket is not None:
            # Needed for the answer already; taken back below if the check was not valid.
            self._socket_of[source] = source_socket
        transport.handle_datagram(data, source, now)
        if transport.knows(source):
            self._learn(source, transport)
        elif owner is None:
            self._socket_of.pop(source, None)

    def _learn(self, source: Address, transport: Endpoint) -> None:
        if self._by_source.get(source) is transport:
            return
        learnt = self._learnt.get(transport)
        if learnt is None:  # it was unregistered while it handled the datagram
            self._socket_of.pop(source, None)
            return
        for address in [address for address in learnt if not transport.knows(address)]:
            learnt.discard(address)
            self._forget(address, transport)
        learnt.add(source)
        self._by_source[source] = transport

    def _forget(self, address: Address, transport: Endpoint) -> None:
        if self._by_source.get(address) is transport:
            del self._by_source[address]
            self._socket_of.pop(address, None)
            if self._tcp is not None and isinstance(address, TcpAddress):
                self._tcp.hang_up(address)


def arrival_time(ancillary: list[tuple[int, int, bytes]], since_wall: float, now: float) -> float:
    """When the kernel took a datagram in: a busy loop reads late, which publishers must not take for a queue."""
    if not ancillary:
        return now
    seconds, nanoseconds = _TIMESPEC.unpack(ancillary[0][2])
    arrival: float = seconds + nanoseconds * 1e-9 + since_wall
    return arrival if now - _MAX_LATENESS < arrival < now else now


def waited(ancillary: list[tuple[int, int, bytes]]) -> float:
    """Seconds since the kernel took a datagram in; at most a second, for its clock may have been set meanwhile."""
    if not ancillary:
        return 0.0
    seconds, nanoseconds = _TIMESPEC.unpack(ancillary[0][2])
    waiting: float = time.time() - seconds - nanoseconds * 1e-9
    return min(max(0.0, waiting), _MAX_LATENESS)


def send_failure(error: OSError) -> str:
    """The drop reason of a failed send, such as ``send-eagain``."""
    return f"send-{errno.errorcode.get(error.errno or 0, 'failed').lower()}"


def _is_live(owner: Endpoint, source: Address, now: float) -> bool:
    last = owner.last_check_from(source)
    return last is not None and now - last < DISCONNECTED_AFTER


class _Nowhere:
    def sendto(self, data: bytes, address: Address, /) -> int:
        raise OSError(errno.ENOTCONN, "the connection is closed")


_NOWHERE: Final = _Nowhere()
