"""Where a request comes from: the address of the client, and the page that made it."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from aiohttp import web

from signaling.config import HttpConfig
from signaling.errors import Forbidden
from signaling.services.people.profile import Visitor


class Origins:
    def __init__(self, config: HttpConfig) -> None:
        self._proxies = config.proxies
        self._is_https = config.public_url.startswith("https://")
        self._allowed = {*config.cors_origins, *filter(None, [config.public_origin])}

    def visitor(self, request: web.Request) -> Visitor:
        return Visitor(address=self.address(request), agent=request.headers.get("User-Agent", "")[:400])

    def address(self, request: web.Request) -> str:
        """The client's address: that of the connection, or what the outermost of our proxies saw. All addresses of
        an IPv6 network of 64 bits are one: a single client has them all."""
        text = request.remote or ""
        if self._proxies:
            # every proxy appends what it sees; whatever stands before ours was written by the client
            seen = [
                part.strip() for line in request.headers.getall("X-Forwarded-For", []) for part in line.split(",")
            ]
            text = seen[-self._proxies] if len(seen) >= self._proxies else text
        try:
            address = ipaddress.ip_address(text.partition("%")[0])
        except ValueError:
            return request.remote or "unknown"
        if isinstance(address, ipaddress.IPv6Address):
            if address.ipv4_mapped is not None:
                return str(address.ipv4_mapped)
            return str(ipaddress.ip_network((address, 64), strict=False))
        return str(address)

    def is_https(self, request: web.Request) -> bool:
        """Whether the browser speaks HTTPS, to us or to our proxy."""
        if self._proxies and "X-Forwarded-Proto" in request.headers:
            return request.headers["X-Forwarded-Proto"].rpartition(",")[2].strip() == "https"
        return request.secure or self._is_https

    def check(self, request: web.Request) -> None:
        """Raises `Forbidden` for a page of an origin that is not ours: it must not use somebody's cookie. Programs
        that are no browsers name no origin."""
        origin = request.headers.get("Origin")
        if origin is None:
            if request.headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none"):
                raise Forbidden("requests of other sites are not taken here")
            return
        if origin in self._allowed:
            return
        try:
            is_own = urlsplit(origin).netloc == request.host
        except ValueError:
            is_own = False
        if not is_own:
            raise Forbidden("requests of other sites are not taken here")
