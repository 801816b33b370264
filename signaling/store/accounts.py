"""Local accounts in the database: names to sign in with, password hashes, one-time links."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

import msgspec
from sqlalchemy import delete, exists, insert, select, update

from signaling.store import models as m
from signaling.store.database import Transaction

Purpose = Literal["setup", "password"]


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """``password_hash`` None: there is no password yet."""

    user_id: str
    password_hash: str | None


class AccountStore:
    """Every method is a part of the transaction it is given."""

    async def by_name(self, tx: Transaction, name: str) -> Account | None:
        """Whose username or e-mail address that is, in any case."""
        s, c = m.SignInName, m.Credential
        query = (
            select(s.user_id, c.password_hash)
            .outerjoin(c, c.user_id == s.user_id)
            .where(s.name == sign_in_name(name))
        )
        row = (await tx.execute(query)).one_or_none()
        return None if row is None else Account(user_id=row.user_id, password_hash=row.password_hash)

    async def password_hash(self, tx: Transaction, user_id: str) -> str | None:
        query = select(m.Credential.password_hash).where(m.Credential.user_id == user_id)
        found: str | None = await tx.scalar(query)
        return found

    async def set_names(self, tx: Transaction, user_id: str, names: Iterable[str | None]) -> None:
        """What they sign in with from now on. Raises `Duplicate` when one of them is somebody else's."""
        s = m.SignInName
        await tx.execute(delete(s).where(s.user_id == user_id))
        for name in sorted({sign_in_name(name) for name in names if name}):
            await tx.execute(insert(s).values(name=name, user_id=user_id))

    async def is_taken(self, tx: Transaction, name: str, but_by: str = "") -> bool:
        """Whether it is a username or an e-mail address of another account."""
        s = m.SignInName
        return bool(await tx.scalar(select(exists().where(s.name == sign_in_name(name), s.user_id != but_by))))

    async def set_password(self, tx: Transaction, user_id: str, password_hash: str, now: datetime) -> None:
        c = m.Credential
        values = {"password_hash": password_hash, "changed_at": now}
        done = await tx.execute(update(c).where(c.user_id == user_id).values(values))
        if not done.rowcount:
            await tx.execute(insert(c).values(user_id=user_id, **values))

    async def replace_hash(self, tx: Transaction, user_id: str, old: str, new: str) -> None:
        """The same password hashed anew; nothing when it was changed meanwhile."""
        c = m.Credential
        statement = update(c).where(c.user_id == user_id, c.password_hash == old).values(password_hash=new)
        await tx.execute(statement)

    # --- one-time links -------------------------------------------------------------------------------

    async def add_link(
        self, tx: Transaction, token_hash: str, purpose: Purpose, user_id: str | None, expires_at: datetime
    ) -> None:
        values = {"token_hash": token_hash, "purpose": purpose, "user_id": user_id, "expires_at": expires_at}
        await tx.execute(insert(m.OneTimeLink).values(values))

    async def take_setup_links(self, tx: Transaction, now: datetime) -> set[str]:
        """Remove every setup link; the hashes of those that were valid. Of two who race one gets none."""
        link = m.OneTimeLink
        statement = delete(link).where(link.purpose == "setup").returning(link.token_hash, link.expires_at)
        return {row.token_hash for row in await tx.execute(statement) if row.expires_at > now}

    async def take_password_link(self, tx: Transaction, token_hash: str, now: datetime) -> str | None:
        """Remove the link; whose password it sets, None when it is not valid."""
        link = m.OneTimeLink
        statement = (
            delete(link)
            .where(link.token_hash == token_hash, link.purpose == "password")
            .returning(link.user_id, link.expires_at)
        )
        row = (await tx.execute(statement)).one_or_none()
        return row.user_id if row is not None and row.expires_at > now else None

    async def drop_links(self, tx: Transaction, user_id: str) -> None:
        """Those that set this user's password."""
        await tx.execute(delete(m.OneTimeLink).where(m.OneTimeLink.user_id == user_id))

    async def drop_expired_links(self, tx: Transaction, now: datetime) -> None:
        await tx.execute(delete(m.OneTimeLink).where(m.OneTimeLink.expires_at <= now))


def sign_in_name(name: str) -> str:
    """How it is compared."""
    return name.strip().lower()
