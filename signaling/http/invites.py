"""REST: invites."""

from __future__ import annotations

from signaling.http.api import Authenticate, Call, Handlers, bearer_token
from signaling.protocol import invites as wire
from signaling.services.people.invites import Invites


class InviteRoutes:
    """One method per route."""

    def __init__(self, invites: Invites, authenticate: Authenticate) -> None:
        self._invites = invites
        self._authenticate = authenticate

    def handlers(self) -> Handlers:
        return {
            "create-invite": self.create,
            "list-invites": self.list_,
            "revoke-invite": self.revoke,
            "get-invite": self.info,
            "accept-invite": self.accept,
        }

    async def create(self, call: Call) -> wire.Invite:
        return await self._invites.create(call.who, call.id, call.body)

    async def list_(self, call: Call) -> wire.InviteList:
        return await self._invites.page(call.who, call.id, call.query)

    async def revoke(self, call: Call) -> None:
        await self._invites.revoke(call.who, call.id, call.path["inviteId"])

    async def info(self, call: Call) -> wire.InviteInfo:
        return await self._invites.info(call.path["token"])

    async def accept(self, call: Call) -> wire.InviteAccepted:
        """Open to all, but who sends a token is asked who they are: a wrong one is refused, not overlooked."""
        is_signed_in = "Authorization" in call.request.headers
        who = await self._authenticate(bearer_token(call.request)) if is_signed_in else None
        return await self._invites.accept(who, call.path["token"], call.body.name)
