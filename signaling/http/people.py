"""REST: accounts as admins see them, blocks between users, the audit log."""

from __future__ import annotations

from signaling.http.api import Call, Handlers
from signaling.protocol import people as wire
from signaling.services.people.directory import People


class PeopleRoutes:
    """One method per route."""

    def __init__(self, people: People) -> None:
        self._people = people

    def handlers(self) -> Handlers:
        return {
            "list-users": self.list_,
            "create-user": self.create,
            "get-user": self.get,
            "change-user": self.change,
            "block-user": self.block,
            "unblock-user": self.unblock,
            "create-password-link": self.password_link,
            "block-for-me": self.block_for_me,
            "unblock-for-me": self.unblock_for_me,
            "list-blocked-for-me": self.blocked_for_me,
            "list-audit-log": self.audit_log,
        }

    async def list_(self, call: Call) -> wire.UserList:
        return await self._people.page(call.who, call.query)

    async def create(self, call: Call) -> wire.User:
        return await self._people.create(call.who, call.body)

    async def get(self, call: Call) -> wire.User:
        return await self._people.get(call.who, call.id)

    async def change(self, call: Call) -> wire.User:
        return await self._people.change(call.who, call.id, call.body)

    async def block(self, call: Call) -> wire.User:
        return await self._people.block(call.who, call.id, call.body.reason)

    async def unblock(self, call: Call) -> wire.User:
        return await self._people.unblock(call.who, call.id)

    async def password_link(self, call: Call) -> wire.PasswordLink:
        return await self._people.password_link(call.who, call.id)

    async def block_for_me(self, call: Call) -> None:
        await self._people.block_for_me(call.who, call.id)

    async def unblock_for_me(self, call: Call) -> None:
        await self._people.unblock_for_me(call.who, call.id)

    async def blocked_for_me(self, call: Call) -> wire.BlockedUserList:
        return await self._people.blocked_for_me(call.who, call.query)

    async def audit_log(self, call: Call) -> wire.AuditList:
        return await self._people.audit_log(call.who, call.query)
