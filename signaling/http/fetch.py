"""Fetches small documents from addresses of the settings, for services that know no HTTP."""

from __future__ import annotations

from http import HTTPStatus

import aiohttp

from signaling.services.people.issuer import FetchFailed

TIMEOUT_S = 5.0
MOST_BYTES = 262_144


class Fetcher:
    """``await fetcher(url)`` is the body. Follows no redirects: the settings name the address itself."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def __call__(self, url: str) -> bytes:
        """Raises `FetchFailed`."""
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_S))
        try:
            async with self._session.get(url, allow_redirects=False) as answer:
                if answer.status != HTTPStatus.OK:
                    raise FetchFailed(f"{url} answers {answer.status}")
                body = await answer.content.read(MOST_BYTES + 1)
                while len(body) <= MOST_BYTES and (chunk := await answer.content.read(MOST_BYTES)):
                    body += chunk
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
            raise FetchFailed(f"{url}: {error or type(error).__name__}") from None
        if len(body) > MOST_BYTES:
            raise FetchFailed(f"{url} answers with more than {MOST_BYTES} bytes")
        return body

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None
