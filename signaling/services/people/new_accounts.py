"""Making local accounts: by their owners, by admins, by the command, from a roster."""

from __future__ import annotations

from datetime import datetime

import msgspec

from signaling.errors import AlreadyExists, BadRequest
from signaling.store.accounts import AccountStore
from signaling.store.database import Transaction
from signaling.store.people import KnownUser, PeopleStore


class NewAccount(msgspec.Struct, frozen=True, kw_only=True):
    """``name`` is clean. At least one of ``username`` and ``email`` is there."""

    id: str
    name: str
    username: str | None = None
    email: str | None = None
    is_admin: bool = False


async def add_account(
    tx: Transaction, people: PeopleStore, accounts: AccountStore, new: NewAccount, now: datetime
) -> KnownUser:
    """A local account without a password. Raises `AlreadyExists`; `Duplicate` when two race for a name."""
    names = [name for name in (new.username, new.email) if name]
    if not names:
        raise BadRequest("a username or an e-mail address is needed")
    for name in names:
        if await accounts.is_taken(tx, name):
            raise taken()
    await people.add(
        tx,
        new.id,
        new.name,
        now,
        provider="local",
        username=new.username,
        email=new.email,
        is_admin=new.is_admin,
    )
    await accounts.set_names(tx, new.id, names)
    user = await people.find(tx, new.id)
    assert user is not None
    return user


def taken() -> AlreadyExists:
    return AlreadyExists("there is an account with this username or e-mail address already")
