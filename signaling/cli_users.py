"""``podium user …``: accounts from the command line, also while the server runs."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import msgspec

from signaling.app import new_id, utc_now
from signaling.config import Config
from signaling.errors import BadRequest, Duplicate, NotFound
from signaling.protocol.accounts import MIN_PASSWORD, Email, Username
from signaling.services.people.accounts_offline import OfflineAccounts
from signaling.store.database import Database

OpenDatabase = Callable[[Config], Awaitable[Database]]
"""The database of the settings, up to date."""
Run = Callable[[Config, argparse.Namespace], Coroutine[Any, Any, None]]
Work = Callable[[OfflineAccounts, argparse.Namespace], Awaitable[str]]

_WHO = "username, e-mail address or user id"


def add_commands(commands: Any, open_database: OpenDatabase) -> None:
    """Put ``user`` and what belongs to it beside the other commands."""
    user = commands.add_parser("user", help="make, list and block accounts")
    actions = user.add_subparsers(required=True, metavar="ACTION")

    def action(name: str, about: str, work: Work) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = actions.add_parser(name, help=about)
        parser.set_defaults(run=_run(work, open_database))
        return parser

    add = action("add", f"make an account; its password is asked for, at least {MIN_PASSWORD} characters", _add)
    add.add_argument("username")
    add.add_argument("--name", help="shown to others (default: the username)")
    add.add_argument("--email", metavar="ADDRESS")
    add.add_argument("--admin", action="store_true", help="may do everything")
    add.add_argument("--no-password", action="store_true", help="an admin makes a link to set it, later")
    find = action("list", "print the accounts: id, sign-in name, name and what is special", _list)
    find.add_argument("search", nargs="*", help="words in name, username or e-mail address")
    for name, about, work in (
        ("set-password", "set the password, which is asked for; signs out everywhere", _set_password),
        ("block", "keep somebody out, at once", _block),
        ("unblock", "let somebody in again", _unblock),
        ("make-admin", "let somebody do everything", _make_admin),
        ("unmake-admin", "make an admin a user like any other", _unmake_admin),
    ):
        action(name, about, work).add_argument("who", help=_WHO)


def _run(work: Work, open_database: OpenDatabase) -> Run:
    async def run(config: Config, options: argparse.Namespace) -> None:
        database = await open_database(config)
        try:
            text = await work(OfflineAccounts(database, utc_now, new_id), options)
        finally:
            await database.close()
        sys.stdout.write(f"{text}\n" if text else "")

    return run


async def _add(accounts: OfflineAccounts, options: argparse.Namespace) -> str:
    username = _check(options.username, Username, "a username has 2 to 64 letters, digits, dots, _ or -")
    email = _check(options.email, Email, "this is not an e-mail address") if options.email else None
    password = None if options.no_password else _password()
    try:
        user_id = await accounts.add(
            username=username,
            email=email,
            name=options.name or username,
            password=password,
            is_admin=options.admin,
        )
    except Duplicate:
        raise BadRequest("there is an account with this username or e-mail address already") from None
    return f"{username} is user {user_id}"


async def _list(accounts: OfflineAccounts, options: argparse.Namespace) -> str:
    lines = []
    for user in await accounts.find_all(" ".join(options.search)):
        special = [word for word, is_so in (("admin", user.is_admin), ("blocked", user.is_blocked)) if is_so]
        sign_in = user.username or user.email or user.provider
        lines.append("\t".join((user.id, sign_in, user.name, ",".join(special))).rstrip())
    return "\n".join(lines)


async def _set_password(accounts: OfflineAccounts, options: argparse.Namespace) -> str:
    user = await accounts.find(options.who)
    if user.provider != "local":
        raise NotFound("only local accounts have a password")
    await accounts.set_password(user, _password())
    return f"the password of {user.name} is set; all devices are signed out"


async def _block(accounts: OfflineAccounts, options: argparse.Namespace) -> str:
    return f"{(await accounts.set_blocked(options.who, True)).name} is blocked"


async def _unblock(accounts: OfflineAccounts, options: argparse.Namespace) -> str:
    return f"{(await accounts.set_blocked(options.who, False)).name} is not blocked"


async def _make_admin(accounts: OfflineAccounts, options: argparse.Namespace) -> str:
    return f"{(await accounts.set_admin(options.who, True)).name} is an admin"


async def _unmake_admin(accounts: OfflineAccounts, options: argparse.Namespace) -> str:
    return f"{(await accounts.set_admin(options.who, False)).name} is no admin"


def _password() -> str:
    """From the terminal, without showing it and twice; else the first line of stdin, so that scripts can give it.
    Never an argument: those are seen by everybody on the machine."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != password:
        raise BadRequest("the two are not the same")
    return password


def _check(text: str, kind: Any, message: str) -> str:
    try:
        return str(msgspec.convert(text, kind))
    except msgspec.ValidationError:
        raise BadRequest(message) from None
