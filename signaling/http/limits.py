"""What is counted of REST requests: by user, or by address for those who are not known."""

from __future__ import annotations

from aiohttp import web

from signaling.http.origins import Origins
from signaling.identity import Identity
from signaling.limits import Limits


class RequestLimits:
    """Every method raises `RateLimited`."""

    def __init__(self, limits: Limits, origins: Origins) -> None:
        self._limits = limits
        self._origins = origins

    def known(self, who: Identity) -> None:
        self._limits.check_user(who.user_id)

    def stranger(self, request: web.Request) -> None:
        self._limits.check_address(self._origins.address(request))
