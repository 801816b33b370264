"""SRTP and SRTCP with keys from DTLS (RFC 3711, RFC 5764, RFC 7714).

Sending RTP is the hot path of the server. It is done with `cryptography`, which with GCM is several times faster
than a libsrtp session and keeps no state per stream: the packet index is an argument, so a retransmission or a
stream that starts anywhere needs no care. Receiving, and SRTCP both ways, go through libsrtp, which also protects
against replay.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pylibsrtp import Error, Policy, Session

Profile = Literal["AEAD_AES_128_GCM", "AES128_CM_SHA1_80"]

MAX_RTCP_SIZE: Final = 1500 - 148
"""The largest compound packet libsrtp's buffer takes with its trailer."""
MAX_SSRCS: Final = 128
"""How many SSRCs one participant may send from, over the life of its transport."""

_KEY_LENGTH: Final = 16
_SALT_LENGTH: Final[dict[Profile, int]] = {"AEAD_AES_128_GCM": 12, "AES128_CM_SHA1_80": 14}
_POLICY: Final[dict[Profile, int]] = {
    "AEAD_AES_128_GCM": Policy.SRTP_PROFILE_AEAD_AES_128_GCM,
    "AES128_CM_SHA1_80": Policy.SRTP_PROFILE_AES128_CM_SHA1_80,
}
_REPLAY_WINDOW: Final = 1024

# RFC 3711 section 4.3.2.
_LABEL_CIPHER: Final = 0
_LABEL_AUTHENTICATION: Final = 1
_LABEL_SALT: Final = 2


@dataclass(frozen=True, slots=True, repr=False)
class SrtpKeys:
    """Master keys and salts of both directions, named from the side of whoever holds them."""

    profile: Profile
    local_key: bytes
    local_salt: bytes
    remote_key: bytes
    remote_salt: bytes

    @staticmethod
    def exported_length(profile: Profile) -> int:
        """How many bytes to export under the label ``EXTRACTOR-dtls_srtp``."""
        return 2 * (_KEY_LENGTH + _SALT_LENGTH[profile])

    @classmethod
    def from_exporter(cls, profile: Profile, material: bytes, *, server: bool) -> SrtpKeys:
        """Split exported material (RFC 5764 section 4.2): client key, server key, client salt, server salt."""
        if len(material) != cls.exported_length(profile):
            raise ValueError(f"{profile} needs {cls.exported_length(profile)} exported bytes, not {len(material)}")
        salts = material[2 * _KEY_LENGTH :]
        half = _SALT_LENGTH[profile]
        client = material[:_KEY_LENGTH], salts[:half]
        own = material[_KEY_LENGTH : 2 * _KEY_LENGTH], salts[half:]
        local, remote = (own, client) if server else (client, own)
        return cls(profile, *local, *remote)


def derive(master_key: bytes, master_salt: bytes, label: int, length: int) -> bytes:
    """One session key (RFC 3711 section 4.3, key derivation rate 0), for RTP.

    A 12-byte salt, as AES-GCM has, counts as if two zero bytes followed it (RFC 7714 section 11).
    """
    x = int.from_bytes(master_salt.ljust(14, b"\0"), "big") ^ (label << 48)
    counter = (x << 16).to_bytes(16, "big")
    return Cipher(algorithms.AES(master_key), modes.CTR(counter)).encryptor().update(bytes(length))


class SrtpSender:
    """Protects what is sent to one participant.

    ``index`` of a packet is ``roc << 16 | sequence_number``, 48 bits; the same index of the same SSRC must never
    serve for two different packets. With AEAD_AES_128_GCM a caller may do without `protect`: the packet is
    ``header + encrypt(nonce, payload, header)`` with
    ``nonce = (salt ^ (ssrc << 48) ^ index).to_bytes(12, "big")`` (RFC 7714 section 8.1).
    """

    __slots__ = ("_counter_salt", "_encryptor", "_hmac", "_rtcp", "encrypt", "profile", "salt")

    def __init__(self, keys: SrtpKeys) -> None:
        self.profile: Profile = keys.profile
        key = derive(keys.local_key, keys.local_salt, _LABEL_CIPHER, _KEY_LENGTH)
        salt = derive(keys.local_key, keys.local_salt, _LABEL_SALT, _SALT_LENGTH[keys.profile])
        self.salt: int = int.from_bytes(salt, "big")
        """The session salt: 96 bits with GCM, 112 with AES-CM."""
        self.encrypt: Callable[[bytes, bytes, bytes], bytes] | None = None
        if keys.profile == "AEAD_AES_128_GCM":
            self.encrypt = AESGCM(key).encrypt
        else:
            self._counter_salt = self.salt << 16
            self._encryptor = Cipher(algorithms.AES(key), modes.CTR(bytes(16))).encryptor()
            authentication = derive(keys.local_key, keys.local_salt, _LABEL_AUTHENTICATION, 20)
            self._hmac = hmac.new(authentication, digestmod="sha1")
        self._rtcp = _session(keys.profile, keys.local_key + keys.local_salt, Policy.SSRC_ANY_OUTBOUND)

    def protect(self, header: bytes, payload: bytes, ssrc: int, index: int) -> bytes:
        """A whole SRTP packet. ``header`` is the RTP header with CSRCs and extensions, which stays readable."""
        if self.encrypt is not None:
            nonce = (self.salt ^ (ssrc << 48) ^ index).to_bytes(12, "big")
            return header + self.encrypt(nonce, payload, header)
        # RFC 3711 sections 4.1.1 and 4.2: the tag covers the packet and the rollover counter.
        self._encryptor.reset_nonce((self._counter_salt ^ (ssrc << 64) ^ (index << 16)).to_bytes(16, "big"))
        packet = header + self._encryptor.update(payload)
        tag = self._hmac.copy()
        tag.update(packet)
        tag.update((index >> 16).to_bytes(4, "big"))
        return packet + tag.digest()[:10]

    def protect_rtcp(self, data: bytes) -> bytes:
        """A whole SRTCP packet; ValueError if ``data`` is larger than `MAX_RTCP_SIZE` or not RTCP at all."""
        try:
            return self._rtcp.protect_rtcp(data)
        except Error as error:
            raise ValueError(f"cannot protect this RTCP packet: {error}") from error


class SrtpReceiver:
    """Opens what one participant sent. Anything forged, replayed or malformed gives None."""

    __slots__ = ("_session", "_ssrcs")

    def __init__(self, keys: SrtpKeys) -> None:
        self._session = _session(keys.profile, keys.remote_key + keys.remote_salt, Policy.SSRC_ANY_INBOUND)
        self._ssrcs: set[bytes] = set()

    def unprotect(self, data: bytes) -> bytes | None:
        return self._open(self._session.unprotect, data, data[8:12])

    def unprotect_rtcp(self, data: bytes) -> bytes | None:
        return self._open(self._session.unprotect_rtcp, data, data[4:8])

    def _open(self, unprotect: Callable[[bytes], bytes], data: bytes, ssrc: bytes) -> bytes | None:
        # libsrtp keeps a stream for every SSRC that passed once: nobody may make it keep millions.
        known = ssrc in self._ssrcs
        if not known and len(self._ssrcs) >= MAX_SSRCS:
            return None
        try:
            opened = unprotect(data)
        except (Error, ValueError):
            return None
        if not known:
            self._ssrcs.add(ssrc)
        return opened


def _session(profile: Profile, master: bytes, direction: int) -> Session:
    policy = Policy(key=master, ssrc_type=direction, srtp_profile=_POLICY[profile])
    policy.window_size = _REPLAY_WINDOW
    return Session(policy)
