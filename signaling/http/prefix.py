"""A path prefix, such as "/podium" of https://school.example.org/podium: the reverse proxy leaves it in the path,
and inside the server nobody knows it but those who tell a browser where to go."""

from __future__ import annotations

from typing import Final

from aiohttp import web

PREFIX: Final = web.AppKey("prefix", str)
"""Empty, or a path that begins with "/" and does not end with one."""


def prefixed(app: web.Application, prefix: str, *, client_max_size: int) -> web.Application:
    """What serves ``app`` behind a prefix; ``app`` itself where there is none."""
    if not prefix:
        return app
    outer = web.Application(client_max_size=client_max_size)
    outer[PREFIX] = prefix

    async def enter(_: web.Request) -> web.StreamResponse:
        raise web.HTTPFound(f"{prefix}/")

    outer.router.add_get("/", enter)
    outer.router.add_get(prefix, enter)
    outer.add_subapp(prefix, app)
    return outer


def prefix_of(request: web.Request) -> str:
    return request.config_dict.get(PREFIX, "")


def path_of(request: web.Request) -> str:
    """The path as the server knows it."""
    return request.path.removeprefix(prefix_of(request))


def at(request: web.Request, path: str) -> str:
    """A path of the server as the browser knows it."""
    return f"{prefix_of(request)}{path}"
