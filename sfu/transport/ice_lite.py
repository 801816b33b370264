"""The ICE-lite end of one connection (RFC 8445 sections 2.5 and 7.3, RFC 8489, RFC 7675).

It answers connectivity checks and nothing else. Only a check whose MESSAGE-INTEGRITY was made with our password
has any effect: a source address alone proves nothing. What fails is dropped without an answer, where RFC 8489
section 9.1.3 asks for an error response: an answer to everybody would let anybody bounce traffic off this port.
"""

from __future__ import annotations

import hmac
import struct
from binascii import crc32
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from typing import Final, Literal, NamedTuple

from sfu.transport.aiortc_parts import stun


class TcpAddress(NamedTuple):
    """The far end of one TCP connection. The number tells it from another one of the same port."""

    host: str
    port: int
    connection: int


Address = tuple[str, int] | tuple[str, int, int, int] | TcpAddress
"""A socket address as the kernel gives it, of IPv4 or IPv6, or a TCP connection."""

DISCONNECTED_AFTER: Final = 10.0
"""Seconds without a valid check."""
EXPIRED_AFTER: Final = 30.0
"""Seconds without a valid check after which consent is gone (RFC 7675 section 5.1)."""
MAX_ADDRESSES: Final = 16
"""Addresses of one peer that are remembered."""

_REQUEST: Final = b"\x00\x01"
_COOKIE: Final = b"\x21\x12\xa4\x42"
_USERNAME: Final = 0x0006
_HEAD: Final = struct.Struct("!HH").pack
_MAPPED: Final = struct.Struct("!HHBBH").pack
_FINGERPRINT: Final = struct.Struct("!HHI").pack
_MAX_SIZE: Final = 1280

_ICE_CHARACTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def new_credentials(random_bytes: Callable[[int], bytes]) -> tuple[str, str]:
    """A username fragment of 48 bits and a password of 144 bits (RFC 8445 section 5.3)."""
    letters = "".join(_ICE_CHARACTERS[byte & 63] for byte in random_bytes(32))
    return letters[:8], letters[8:]


def is_stun(data: bytes) -> bool:
    """Whether a datagram is taken for STUN (RFC 7983 section 7, RFC 8489 section 5)."""
    return len(data) >= 20 and data[0] < 4 and data[4:8] == _COOKIE


def username_fragment(data: bytes) -> str | None:
    """The server's username fragment in a binding request, unverified; None for anything else.

    It costs next to nothing and finds the participant a datagram of an unknown address claims to be for.
    """
    size = len(data)
    if size < 24 or data[:2] != _REQUEST or data[4:8] != _COOKIE:
        return None
    position = 20
    while position + 4 <= size:
        length = data[position + 2] << 8 | data[position + 3]
        if data[position] << 8 | data[position + 1] == _USERNAME:
            name, colon, _ = data[position + 4 : position + 4 + length].partition(b":")
            return name.decode("ascii") if colon and name.isascii() else None
        position += 4 + length + (-length & 3)
    return None


@dataclass(frozen=True, slots=True)
class IceResult:
    """What to do after a datagram: send ``response`` to its source, use ``selected`` from now on, count ``drop``.

    ``valid`` tells that the datagram was a check with correct credentials.
    """

    response: bytes | None = None
    selected: Address | None = None
    drop: str | None = None
    valid: bool = False


@dataclass(frozen=True, slots=True)
class Credentials:
    """Of one ICE session between the server and a peer. Only the fragment is needed of the peer's."""

    local_ufrag: str
    local_pwd: str
    remote_ufrag: str

    @property
    def username(self) -> str:
        """What the peer's checks have to say."""
        return f"{self.local_ufrag}:{self.remote_ufrag}"


class IceLite:
    """Answers the checks of one peer and knows its addresses. Times are seconds of any monotonic clock."""

    __slots__ = (
        "_addresses",
        "_nominated",
        "_unsettled",
        "credentials",
        "last_valid_check",
        "next_credentials",
        "selected",
    )

    def __init__(self, credentials: Credentials, now: float) -> None:
        self.credentials = credentials
        self.next_credentials: Credentials | None = None
        """Of a restart that the peer has not begun to use."""
        self._addresses: dict[Address, float] = {}
        self._nominated = False
        self._unsettled = True
        self.selected: Address | None = None
        """Where to send; None before the first valid check."""
        self.last_valid_check = now
        """When the last valid check came; the time of creation before the first."""

    def restart(self, credentials: Credentials) -> None:
        """Take new credentials too (RFC 8445 section 9); the old ones end with the first check by the new."""
        self.next_credentials = credentials

    @property
    def local_ufrags(self) -> tuple[str, ...]:
        """The fragments by which checks may name this end now."""
        if self.next_credentials is None:
            return (self.credentials.local_ufrag,)
        return self.credentials.local_ufrag, self.next_credentials.local_ufrag

    def knows(self, address: Address) -> bool:
        """Whether a valid check came from there (only the latest addresses are remembered)."""
        return address in self._addresses

    def last_check_from(self, address: Address) -> float | None:
        return self._addresses.get(address)

    def forget(self, address: Address) -> None:
        """Nothing can be sent there any more. If it was selected, the latest other address is."""
        self._addresses.pop(address, None)
        if address == self.selected and self._addresses:
            self.selected = max(self._addresses, key=self._addresses.__getitem__)
            self._nominated = False

    def handle(self, data: bytes, source: Address, now: float) -> IceResult:
        """Take one STUN datagram. Never raises, whatever it holds."""
        if data[:2] != _REQUEST:
            # Indications need no answer, and a lite agent has sent nothing that could be answered.
            return IceResult(drop="stun-not-a-request")
        if len(data) > _MAX_SIZE:
            return IceResult(drop="stun-malformed")
        try:
            request = stun.parse_message(data)
        except (ValueError, struct.error, LookupError):
            return IceResult(drop="stun-malformed")
        attributes = request.attributes
        credentials = self._credentials_for(attributes.get("USERNAME"))
        if credentials is None:
            return IceResult(drop="stun-wrong-username")
        key = credentials.local_pwd.encode()
        if not request.check_message_integrity(key):
            return IceResult(drop="stun-bad-integrity")
        if "ICE-CONTROLLED" in attributes:
            return IceResult(response=_role_conflict(request, key), drop="stun-role-conflict")
        if credentials is self.next_credentials:
            self._begin(credentials)
        self.last_valid_check = now
        self._remember(source, now)
        selected = None
        nominates = "USE-CANDIDATE" in attributes
        if nominates or not self._nominated:
            # The latest nomination holds (RFC 8445 section 8.1.1); before one, the first valid pair serves.
            if source != self.selected and (nominates or self._unsettled):
                self.selected = selected = source
            self._unsettled = False
            self._nominated = self._nominated or nominates
        return IceResult(response=_success(request, key, source), selected=selected, valid=True)

    def poll(self, now: float) -> Literal["connected", "disconnected", "expired"]:
        """Whether the peer still consents to receive."""
        silence = now - self.last_valid_check
        if silence >= EXPIRED_AFTER:
            return "expired"
        if silence >= DISCONNECTED_AFTER or self.selected is None:
            return "disconnected"
        return "connected"

    def _remember(self, source: Address, now: float) -> None:
        self._addresses[source] = now
        if len(self._addresses) > MAX_ADDRESSES:
            spare = (address for address in self._addresses if address not in (self.selected, source))
            del self._addresses[min(spare, key=self._addresses.__getitem__)]

    def _credentials_for(self, username: object) -> Credentials | None:
        if username == self.credentials.username:
            return self.credentials
        if self.next_credentials is not None and username == self.next_credentials.username:
            return self.next_credentials
        return None

    def _begin(self, credentials: Credentials) -> None:
        """The peer uses the credentials of the restart: pairs are chosen anew, the old one serves until then."""
        self.credentials = credentials
        self.next_credentials = None
        self._nominated = False
        self._unsettled = True


def _success(request: stun.Message, key: bytes, source: Address) -> bytes:
    """The answer with XOR-MAPPED-ADDRESS, MESSAGE-INTEGRITY and FINGERPRINT (RFC 8489 sections 14.2, 14.5, 14.7),
    by hand: everybody checks every few seconds, and objects cost five times as much."""
    address = _packed(source[0])
    size = len(address)
    pad = _COOKIE + request.transaction_id
    mask = int.from_bytes(pad[:size], "big")
    mapped = _MAPPED(0x0020, 4 + size, 0, 1 if size == 4 else 2, source[1] ^ 0x2112)
    mapped += (int.from_bytes(address, "big") ^ mask).to_bytes(size, "big")
    # The length counts what follows the header up to the end of the attribute that is being made.
    rest = pad + mapped
    signature = hmac.digest(key, _HEAD(0x0101, len(mapped) + 24) + rest, "sha1")
    message = _HEAD(0x0101, len(mapped) + 32) + rest + b"\x00\x08\x00\x14" + signature
    return message + _FINGERPRINT(0x8028, 4, crc32(message) ^ 0x5354554E)


@lru_cache(maxsize=4096)
def _packed(host: str) -> bytes:
    return ip_address(host).packed


def _role_conflict(request: stun.Message, key: bytes) -> bytes:
    # RFC 8445 section 7.3.1.1: a lite agent stays controlled, so the peer has to control.
    message = stun.Message(
        message_method=stun.Method.BINDING,
        message_class=stun.Class.ERROR,
        transaction_id=request.transaction_id,
        attributes={"ERROR-CODE": (487, "Role Conflict")},
    )
    message.add_message_integrity(key)
    return bytes(message)
