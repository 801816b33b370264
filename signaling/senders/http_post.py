"""Posts to addresses that others chose: no redirects, no private addresses, no patience."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp

from signaling.services.notices.outgoing import Outcome, is_public

READ_BYTES = 200
"""Of an answer, for the operator to see."""
USER_AGENT = "Podium"


class _NotAllowed(OSError):
    """The name leads to a private address."""


class Poster:
    """One client for everything that is posted. Made and closed by whoever runs the server."""

    def __init__(self, *, allow_private: bool, timeout: timedelta) -> None:
        self._allow_private = allow_private
        self._timeout = aiohttp.ClientTimeout(total=timeout.total_seconds())
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, str, timedelta | None]:
        """The status, the beginning of the answer, and ``Retry-After``. Raises `PostFailed`."""
        try:
            async with self._client().post(
                url, data=body, headers={**headers, "User-Agent": USER_AGENT}, allow_redirects=False
            ) as answer:
                text = (await answer.content.read(READ_BYTES)).decode("utf-8", "replace")
                return answer.status, text, _retry_after(answer.headers.get("Retry-After"))
        except TimeoutError:
            raise PostFailed(f"no answer within {self._timeout.total:g} s") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise PostFailed(_reason(error)) from None

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=100, limit_per_host=8, socket_factory=self._socket)
            self._session = aiohttp.ClientSession(
                connector=connector, timeout=self._timeout, cookie_jar=aiohttp.DummyCookieJar()
            )
        return self._session

    def _socket(self, info: tuple[Any, ...]) -> socket.socket:
        """A socket for an address that was resolved: the place where a name can no longer lie."""
        family, kind, protocol, _, address = info
        if not self._allow_private and not is_public(address[0], if_name=False):
            raise _NotAllowed("the address is private")
        made = socket.socket(family, kind, protocol)
        made.setblocking(False)
        return made


class PostFailed(Exception):
    """There was no answer; the message is for the operator."""


def outcome_of(status: int, text: str, retry_after: timedelta | None, *, gone: frozenset[int]) -> Outcome:
    """What an HTTP status means for a delivery."""
    detail = f"HTTP {status}: {text.strip()}" if text.strip() else f"HTTP {status}"
    if 200 <= status < 300:
        return Outcome(result="sent", status=status, detail=f"HTTP {status}")
    if status in gone:
        return Outcome(result="gone", status=status, detail=detail)
    return Outcome(result="retry", status=status, detail=detail, retry_after=retry_after)


def _reason(error: Exception) -> str:
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return "its certificate is not valid"
    if isinstance(error, aiohttp.ClientConnectorError):
        inner: BaseException | None = error.os_error
        while inner is not None:
            if isinstance(inner, _NotAllowed):
                return "the name leads to a private address"
            if isinstance(inner, BaseExceptionGroup):
                inner = inner.exceptions[0]
            else:
                inner = inner.__cause__ or inner.__context__
        return f"no connection: {error.os_error.strerror or error.os_error}"
    return f"no connection: {error}" if str(error) else f"no connection: {type(error).__name__}"


def _retry_after(value: str | None) -> timedelta | None:
    """Seconds, or a date (RFC 9110, 10.2.3)."""
    if value is None:
        return None
    try:
        if value.isascii() and value.isdigit():
            return timedelta(seconds=min(int(value[:9]), 86_400))
        at = parsedate_to_datetime(value)
        return max(timedelta(0), at - datetime.now(at.tzinfo))
    except (ValueError, TypeError, OverflowError):
        return None
