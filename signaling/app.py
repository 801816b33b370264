"""Puts the control plane together, and runs it."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import random
import secrets
import socket
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Protocol

from aiohttp import web

import sfu.errors
from sfu.config import MediaConfig
from sfu.messages import Command, Event, Reply
from signaling.cluster import Cluster
from signaling.composition.control_plane import ControlPlane, Job, Surroundings
from signaling.config import Config, HttpConfig, Origin
from signaling.data_dir import load_secret, locked, prepare_data_dir
from signaling.errors import CannotStart, ConfigError, Unavailable
from signaling.http.api import Api
from signaling.http.docs import Docs
from signaling.http.errors import headers_for, problems
from signaling.http.fetch import Fetcher
from signaling.http.limits import RequestLimits
from signaling.http.origins import Origins
from signaling.http.prefix import prefixed
from signaling.http.static import WebClient
from signaling.http.whip import Whip
from signaling.limits import Limits
from signaling.protocol.registry import ROUTES
from signaling.realtime.outbox import Outbox
from signaling.realtime.server import Realtime
from signaling.senders.opened import open_senders
from signaling.services.sessions.hosting import Hosting
from signaling.services.sessions.media import Media
from signaling.store.database import Database
from signaling.store.engine import database_url, open_engine
from signaling.store.migrate import migrate
from signaling.tokens import Tokens
from signaling.vitals import Vitals

log = logging.getLogger(__name__)

SHUTDOWN_S = 3.0


class MediaPlane(Protocol):
    """What is needed of `sfu.plane.MediaPlane`."""

    @property
    def workers(self) -> int: ...

    @property
    def pids(self) -> list[int]: ...

    @property
    def loads(self) -> list[float]: ...

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def request(self, command: Command) -> Reply: ...


MediaPlaneFactory = Callable[[MediaConfig, Callable[[Event], None]], MediaPlane]


def utc_now() -> datetime:
    return datetime.now(UTC)


def new_id() -> str:
    """An id nobody can guess, of nearly 96 random bits. It never begins with "-": as an argument of a command
    that would be an option; nor ends like what mail and chat programs leave out of a link."""
    while (drawn := secrets.token_urlsafe(12)).startswith("-") or drawn.endswith(("-", "_")):
        pass
    return drawn


class Running:
    """A server that listens. ``port`` is the real one, also when the settings said 0."""

    def __init__(self, *, port: int, url: str, tokens: Tokens, database: Database, control: ControlPlane) -> None:
        self.port = port
        self.url = url
        self.tokens = tokens
        self.database = database
        self.control = control


@asynccontextmanager
async def running(
    config: Config,
    media_plane: MediaPlaneFactory,
    now: Callable[[], datetime] = utc_now,
    origins: Mapping[str, Origin] | None = None,
) -> AsyncIterator[Running]:
    """The whole server, listening while the context is open. ``origins``: where the settings come from, for admins
    to see. Raises `CannotStart`."""
    async with AsyncExitStack() as stack:
        tls = _tls(config.http)
        data_dir = prepare_data_dir(config)
        listener = stack.enter_context(_bind(config.http))
        port: int = listener.getsockname()[1]
        url = config.http.public_url.rstrip("/") or f"{'https' if tls else 'http'}://localhost:{port}"
        stack.enter_context(locked(data_dir))
        tokens = Tokens(load_secret(config))
        store = config.database
        engine = open_engine(database_url(store.url, data_dir), store.pool_size)
        outbox = Outbox()
        node_id = new_id()
        cluster = Cluster(config, node_id, now) if config.redis.url else None
        database = Database(engine, cluster.announcer if cluster else outbox, durable=store.durable)
        stack.push_async_callback(database.close)
        await migrate(engine)

        plane = media_plane(config.media, lambda event: media.on_event(event))
        media = Media(plane)
        vitals = Vitals(time.monotonic)
        fetcher = Fetcher()
        stack.push_async_callback(fetcher.close)
        senders = await stack.enter_async_context(open_senders(config, data_dir))
        control = ControlPlane(
            Surroundings(
                config=config,
                origins=origins or {},
                version=version("podium"),
                database=database,
                tokens=tokens,
                media=media,
                outbox=outbox,
                node_id=node_id,
                node_url=config.cluster.node_url.rstrip("/") or url,
                vitals=vitals,
                fetch=fetcher,
                senders=senders,
                monotonic=time.monotonic,
                now=now,
                new_id=new_id,
            )
        )
        limits = Limits(config.limits, time.monotonic)
        realtime = Realtime(
            sessions=control.sessions,
            streams=control.streams,
            presence=control.presence,
            handlers=control.event_handlers(),
            access=control.access,
            outbox=outbox,
            limits=config.limits,
            shared_limits=limits,
            http=config.http,
            servers=lambda: control.hosting.origins,
            monotonic=time.monotonic,
            vitals=vitals,
            chance=random.random,
        )
        app = _web_app(config, realtime, control, limits)
        await _start(plane, stack)
        stack.push_async_callback(media.stop)
        jobs: list[Job] = [*control.jobs(), (1.0, lambda: realtime.tick(now()))]
        work = [realtime.run(), vitals.watch()]
        if cluster:
            cluster.attach(database, outbox.put)
            await cluster.begin()
            jobs += cluster.jobs()
            work += cluster.work()
        await control.hosting.begin()
        stack.push_async_callback(_stop_hosting, control.hosting)
        restored = await control.sessions.restore()
        if restored:
            log.info("%d running sessions taken up again", restored)
        for one in (*work, *(_every(seconds, job) for seconds, job in jobs)):
            stack.push_async_callback(_cancel, asyncio.create_task(one))
        await _serve(app, listener, config, tls, stack)
        stack.push_async_callback(realtime.close)
        log.info("listening on port %d, %d media workers", port, plane.workers)
        yield Running(port=port, url=url, tokens=tokens, database=database, control=control)
        log.info("stopping")


def _web_app(config: Config, realtime: Realtime, control: ControlPlane, limits: Limits) -> web.Application:
    origins = Origins(config.http)
    app = web.Application(client_max_size=config.limits.request_bytes)
    realtime.attach(app)
    Docs(version("podium")).attach(app)
    counted = RequestLimits(limits, origins)
    Api(ROUTES, control.route_handlers(), control.access.identify, counted).attach(app)
    Whip(control.streams, counted, config.limits.offer_bytes).attach(app)
    WebClient(config.http).attach(app)
    whole = prefixed(app, config.http.prefix, client_max_size=config.limits.request_bytes)
    # of the whole, so that what is outside of a prefix is answered in the same way
    whole.middlewares.append(problems)
    whole.on_response_prepare.append(headers_for(config.http, origins, lambda: control.hosting.origins))
    return whole


async def _start(plane: MediaPlane, stack: AsyncExitStack) -> None:
    try:
        await plane.start()
    except sfu.errors.CannotStart as error:
        raise CannotStart(f"the media plane cannot start: {error}") from None
    stack.push_async_callback(plane.stop)


def _bind(http: HttpConfig) -> socket.socket:
    """The listening socket, taken before anything else is touched. Raises `CannotStart`."""
    family = socket.AF_INET6 if ":" in http.host else socket.AF_INET
    dual_stack = http.host == "::" and socket.has_dualstack_ipv6()
    try:
        return socket.create_server((http.host, http.port), family=family, backlog=1024, dualstack_ipv6=dual_stack)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise CannotStart(
                f"port {http.port} of {http.host} is in use: stop what uses it, or set http.port"
            ) from None
        reason = os.strerror(error.errno) if error.errno else error
        raise CannotStart(f"cannot listen on {http.host} port {http.port}: {reason}") from None


async def _serve(
    app: web.Application,
    listener: socket.socket,
    config: Config,
    tls: ssl.SSLContext | None,
    stack: AsyncExitStack,
) -> None:
    access_log = logging.getLogger("podium.access") if config.log.access else None
    # packed bodies are refused (`signaling.http.api.read_body`), so nothing unpacks to a size nobody announced
    runner = web.AppRunner(app, access_log=access_log, shutdown_timeout=SHUTDOWN_S, auto_decompress=False)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.SockSite(runner, listener, ssl_context=tls).start()


def _tls(config: HttpConfig) -> ssl.SSLContext | None:
    if not config.tls_certificate:
        return None
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        tls.load_cert_chain(config.tls_certificate, config.tls_key)
    except ssl.SSLError as error:
        reason = error.reason or "it is not PEM"
        raise ConfigError(
            f"http.tls_certificate {config.tls_certificate} cannot be used with {config.tls_key}: {reason}"
        ) from None
    except OSError as error:
        raise ConfigError(f"http.tls_certificate or http.tls_key cannot be read: {error.strerror}") from None
    return tls


async def _every(seconds: float, work: Callable[[], Awaitable[None]]) -> None:
    """Do the work again and again; a failure is logged and does not end it."""
    while True:
        await asyncio.sleep(seconds)
        try:
            await work()
        except Exception:
            log.exception("%s failed", getattr(work, "__qualname__", work))


async def _stop_hosting(hosting: Hosting) -> None:
    try:
        await hosting.stop()
    except Unavailable:
        log.warning("the database does not know that this server stops: its classes are free in a while")


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
