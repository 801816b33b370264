"""The addresses told to clients."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import ifaddr

from sfu.errors import CannotStart
from sfu.transport.sdp_answer import Candidate

# Bridges between containers of this machine: nobody else is there.
_INTERNAL_INTERFACE: Final = re.compile(r"docker\d+|br-[0-9a-f]{12}|virbr\d+")

Mapped = tuple[str, int]
"""Address and port as seen from outside."""

_Ip = ipaddress.IPv4Address | ipaddress.IPv6Address


def host_candidates(announce: Sequence[str], listen: Sequence[str]) -> list[str]:
    """The announced addresses, or every address of this machine a client could reach, the preferred first.

    127.0.0.1 is among them, last, for a browser on the same machine. Raises `CannotStart` if an announced or a
    listening address is not an IP address.
    """
    if announce:
        return [str(address) for address in dict.fromkeys(map(_parse, announce))]
    wanted: list[_Ip] = []
    own: list[_Ip] | None = None
    for address in map(_parse, listen):
        if not address.is_unspecified:
            wanted.append(address)
            continue
        if own is None:
            own = [item for item in _addresses_of_this_machine() if _reachable(item)]
        wanted += [item for item in own if item.version == address.version]
    # A stable sort: IPv4 and IPv6 stay in the order of the interfaces.
    return [str(address) for address in sorted(dict.fromkeys(wanted), key=lambda item: item.is_loopback)]


def are_private(addresses: Iterable[str]) -> bool:
    """Whether none of them can be reached from everywhere."""
    return not any(ipaddress.ip_address(address).is_global for address in addresses)


def candidates(
    addresses: Sequence[str], port: int, *, tcp: bool, mapped: Mapped | None = None
) -> tuple[Candidate, ...]:
    """What is told to clients: the mapped address first, then those of this machine, with UDP and with TCP.

    The latter are kept beside the former for who is on the same side of the NAT.
    """
    if mapped is not None and mapped[0] in addresses:
        mapped = None
    datagrams = [(address, port) for address in addresses]
    streams = list(datagrams) if tcp else []
    if mapped is not None:
        datagrams.insert(0, mapped)
        if tcp:
            # How the NAT maps TCP was not asked; a 1:1 NAT keeps the port.
            streams.insert(0, (mapped[0], port))
    return (
        *(Candidate(*place) for place in datagrams),
        *(Candidate(*place, "tcp") for place in streams),
    )


def _parse(text: str) -> _Ip:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        raise CannotStart(f"{text!r} is not an IP address; media addresses must be numeric.") from None


def _addresses_of_this_machine() -> Iterator[_Ip]:
    for adapter in ifaddr.get_adapters():
        if _INTERNAL_INTERFACE.fullmatch(adapter.name):
            continue
        for item in adapter.ips:
            yield ipaddress.ip_address(item.ip if isinstance(item.ip, str) else item.ip[0])


def _reachable(address: _Ip) -> bool:
    if address.is_unspecified or address.is_multicast or address.is_link_local:
        return False
    return not address.is_loopback or address == ipaddress.IPv4Address("127.0.0.1")
