"""Sockets bound to one port number, of UDP and of TCP, on every address that this machine has."""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import socket
from collections.abc import Sequence
from typing import Final

from sfu.errors import CannotStart, PortInUse

BUFFER_SIZE: Final = 4 << 20
_BACKLOG: Final = 128
_PORT_ATTEMPTS: Final = 16
# Of Linux; the forced ones pass the system's limit and need CAP_NET_ADMIN.
_SO_SNDBUFFORCE: Final = 32
_SO_RCVBUFFORCE: Final = 33
_SO_TIMESTAMPNS: Final = 35


def bind_port(listen: Sequence[str], port: int, *, tcp: bool) -> tuple[list[socket.socket], list[socket.socket]]:
    """Sockets of UDP and, with ``tcp``, listening ones of TCP, all non-blocking and of one port number.

    Addresses that this machine does not have are left out; port 0 takes one that is free on all. Raises
    `CannotStart`, of which `PortInUse` may pass.
    """
    for attempt in range(_PORT_ATTEMPTS):
        datagrams: list[socket.socket] = []
        try:
            datagrams = _bind_all(listen, port, socket.SOCK_DGRAM)
            taken = datagrams[0].getsockname()[1]
            return datagrams, _bind_all(listen, taken, socket.SOCK_STREAM) if tcp else []
        except BaseException as error:
            for item in datagrams:
                item.close()
            if not isinstance(error, PortInUse) or port or attempt + 1 == _PORT_ATTEMPTS:
                raise
    raise AssertionError("unreachable")


def _bind_all(listen: Sequence[str], port: int, kind: socket.SocketKind) -> list[socket.socket]:
    sockets: list[socket.socket] = []
    try:
        for host in dict.fromkeys(listen):
            item = _bind_one(host, port, kind)
            if item is not None:
                sockets.append(item)
                port = item.getsockname()[1]
    except BaseException:
        for item in sockets:
            item.close()
        raise
    if not sockets:
        named = ", ".join(listen) or "none given"
        raise CannotStart(f"None of the addresses to listen on belongs to this machine: {named}.")
    return sockets


def _bind_one(host: str, port: int, kind: socket.SocketKind) -> socket.socket | None:
    """A bound, non-blocking socket; None if the machine has no such address."""
    try:
        ipaddress.ip_address(host)
        found = socket.getaddrinfo(host, port, type=kind, flags=socket.AI_NUMERICHOST)
    except ValueError:
        raise CannotStart(f"{host!r} is not an IP address to listen on.") from None
    except OSError:
        return None  # the zone of a link-local address names no interface here
    family, _, protocol, _, address = found[0]
    try:
        item = socket.socket(family, kind | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC, protocol)
    except OSError:
        return None  # the kernel has no IPv6
    name = "UDP" if kind is socket.SOCK_DGRAM else "TCP"
    try:
        if family == socket.AF_INET6:
            item.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if kind is socket.SOCK_DGRAM:
            _enlarge(item, _SO_RCVBUFFORCE, socket.SO_RCVBUF)
            _enlarge(item, _SO_SNDBUFFORCE, socket.SO_SNDBUF)
            _ask_for_timestamps(item)
            item.bind(address)
        else:
            item.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            item.bind(address)
            item.listen(_BACKLOG)
    except OSError as error:
        item.close()
        if error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
            return None
        if error.errno == errno.EADDRINUSE:
            raise PortInUse(f"{name} port {port} of {host} is already in use by another program.") from None
        if error.errno in (errno.EACCES, errno.EPERM):
            raise CannotStart(f"This user is not permitted to open {name} port {port} of {host}.") from None
        raise CannotStart(f"{name} port {port} of {host} cannot be opened: {error.strerror}.") from None
    return item


def _enlarge(item: socket.socket, forced: int, plain: int) -> None:
    """As far as the system lets us."""
    for option in (forced, plain):
        try:
            item.setsockopt(socket.SOL_SOCKET, option, BUFFER_SIZE)
        except OSError:
            continue
        return


def _ask_for_timestamps(item: socket.socket) -> None:
    """Have the kernel say when each datagram came, where it can."""
    with contextlib.suppress(OSError):
        item.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
