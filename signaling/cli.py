"""The command ``podium``."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Coroutine, Sequence
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any, get_args

from signaling import cli_backup, cli_users, demo, logs
from signaling.app import new_id, running, utc_now
from signaling.config import Config
from signaling.data_dir import load_secret, prepare_data_dir
from signaling.errors import CannotStart, PodiumError
from signaling.identity import Principal
from signaling.protocol.base import Role
from signaling.realtime.outbox import Outbox
from signaling.settings import load_with_origins
from signaling.store.database import Database
from signaling.store.engine import database_url, open_engine
from signaling.store.migrate import HEAD, migrate
from signaling.tokens import Tokens


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit code."""
    options = _parser().parse_args(arguments)
    try:
        config, options.origins = load_with_origins(options.config, os.environ)
        logs.set_up(config.log)
        run: Coroutine[Any, Any, None] = options.run(config, options)
        _run(run)
    except CannotStart as error:
        sys.stderr.write(f"podium: {error}\n")
        return error.exit_code
    except (PodiumError, ValueError) as error:
        sys.stderr.write(f"podium: {error}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="podium", description="A self-hosted server for live classes.")
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="settings (default: ./config.toml if there is one)"
    )
    parser.add_argument("--version", action="version", version=f"podium {version('podium')}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    serve = commands.add_parser("serve", help="run the server")
    serve.add_argument("--demo-links", action="store_true", help="make the demo class and print links to join it")
    serve.set_defaults(run=_serve)

    migration = commands.add_parser("migrate", help="bring the database up to date (serve does it too)")
    migration.add_argument("--to", default=HEAD, metavar="REVISION", help="or to an older revision")
    migration.set_defaults(run=_migrate)

    cli_backup.add_commands(commands)

    token = commands.add_parser("token", help="print a token")
    token.add_argument("--name", required=True, help="shown to others")
    token.add_argument("--role", required=True, choices=get_args(Role))
    token.add_argument("--course", required=True, metavar="ID")
    token.add_argument("--user", metavar="ID", help="user id (default: a new one)")
    token.add_argument("--hours", type=float, help="valid for (default: auth.token_hours)")
    token.set_defaults(run=_token)

    links = commands.add_parser("demo-links", help="make the demo class and print links to join it")
    links.set_defaults(run=_demo_links)
    cli_users.add_commands(commands, _open_database)
    return parser


def _run(work: Coroutine[Any, Any, None]) -> None:
    try:
        import uvloop
    except ImportError:
        asyncio.run(work)
    else:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(work)


async def _serve(config: Config, options: argparse.Namespace) -> None:
    # imported here: the other commands need no media plane
    from sfu.plane import MediaPlane

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        async with running(config, MediaPlane, origins=options.origins) as server:
            if options.demo_links:
                await demo.ensure_live_class(server.database, utc_now())
                _print(demo.links(server.url, server.tokens, utc_now(), _lifetime(config)))
            if setup := await server.control.people.accounts.new_setup_token():
                _print(f"\n  There is no admin yet. Make one: {server.url}/setup#token={setup}\n")
            await stop.wait()
    except CannotStart:
        # stopped while it started: its media workers may have been told so too
        if not stop.is_set():
            raise


async def _migrate(config: Config, options: argparse.Namespace) -> None:
    database = await _open_database(config, options.to)
    await database.close()
    _print("the database is up to date" if options.to == HEAD else f"the database is at revision {options.to}")


async def _token(config: Config, options: argparse.Namespace) -> None:
    who = Principal(
        user_id=options.user or new_id(), name=options.name, role=options.role, course_id=options.course
    )
    lifetime = _lifetime(config) if options.hours is None else timedelta(hours=options.hours)
    _print(Tokens(load_secret(config)).issue(who, utc_now(), lifetime))


async def _demo_links(config: Config, _: argparse.Namespace) -> None:
    database = await _open_database(config)
    try:
        await demo.ensure_live_class(database, utc_now())
    finally:
        await database.close()
    scheme = "https" if config.http.tls_certificate else "http"
    url = config.http.public_url.rstrip("/") or f"{scheme}://localhost:{config.http.port}"
    _print(demo.links(url, Tokens(load_secret(config)), utc_now(), _lifetime(config)))


async def _open_database(config: Config, revision: str = HEAD) -> Database:
    engine = open_engine(database_url(config.database.url, prepare_data_dir(config)))
    try:
        await migrate(engine, revision)
    except BaseException:
        await engine.dispose()
        raise
    return Database(engine, Outbox())


def _lifetime(config: Config) -> timedelta:
    return timedelta(hours=config.auth.token_hours)


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
