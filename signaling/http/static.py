"""The web client's files. Its pages are routes inside one page, so unknown paths get that page."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path

from aiohttp import web

from signaling.config import HttpConfig
from signaling.http.prefix import at

BESIDE_PACKAGES = Path(__file__).resolve().parents[2] / "web" / "dist"

_FOREVER = "public, max-age=31536000, immutable"
_NOT_BUILT = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Podium</title>
<h1>Podium is running, but its web client is not built</h1>
<p>Run <code>make run</code>, or build the client in <code>web/</code> and reload this page.</p>
</html>
"""


class WebClient:
    def __init__(self, config: HttpConfig) -> None:
        self._root = (Path(config.web_client) if config.web_client else BESIDE_PACKAGES).resolve()

    def attach(self, app: web.Application) -> None:
        app.router.add_get("/{path:.*}", self.file)

    async def file(self, request: web.Request) -> web.StreamResponse:
        """A file of the client; its page for a path that names none. What is in assets/ has a hash in its name and
        never changes."""
        path = self._resolve(request.match_info["path"])
        if path is None:
            raise web.HTTPNotFound
        if not path.is_file():
            # a missing asset must not be answered with a page: a browser would run it as a script
            inside = path.relative_to(self._root)
            if inside.suffix or "assets" in inside.parts[:1]:
                raise web.HTTPNotFound
            path = self._root / "index.html"
            if not path.is_file():
                status = HTTPStatus.SERVICE_UNAVAILABLE
                return web.Response(status=status, text=_NOT_BUILT, content_type="text/html")
        if path.name == "index.html":
            return self._page(path, request)
        hashed = path.parent.name == "assets"
        return web.FileResponse(path, headers={"Cache-Control": _FOREVER if hashed else "no-cache"})

    def _page(self, path: Path, request: web.Request) -> web.Response:
        """The page, which is told the path prefix that it lives behind."""
        base = f'<base href="{at(request, "/")}"'
        page = path.read_text(encoding="utf-8").replace('<base href="/"', base, 1)
        response = web.Response(text=page, content_type="text/html", headers={"Cache-Control": "no-cache"})
        response.enable_compression()
        return response

    def _resolve(self, name: str) -> Path | None:
        """The path inside the client's directory, None when it leads out of it or is none that a disk can have."""
        try:
            path = (self._root / name).resolve()
            path.is_file()  # raises for names that are too long
        except (ValueError, OSError):
            return None
        return path if path.is_relative_to(self._root) else None
