"""REST: signing in and out, and oneself."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus

from aiohttp import web

from signaling import cursors
from signaling.errors import Forbidden, Unauthorized
from signaling.http.api import Call, Handlers, json_response
from signaling.http.origins import Origins
from signaling.http.prefix import at
from signaling.protocol.accounts import AuthOptions, Device, DeviceList, DeviceQuery, Me
from signaling.services.people.accounts import Accounts, SignInResult
from signaling.services.people.devices import Devices
from signaling.services.people.profile import Profile

COOKIE = "podium-refresh"
COOKIE_PATH = "/api/v1/auth"


class AccountRoutes:
    """One method per route."""

    def __init__(self, accounts: Accounts, profile: Profile, devices: Devices, origins: Origins) -> None:
        self._accounts = accounts
        self._profile = profile
        self._devices = devices
        self._origins = origins

    def handlers(self) -> Handlers:
        return {
            "get-auth-options": self.options,
            "sign-in": self.sign_in,
            "refresh": self.refresh,
            "sign-out": self.sign_out,
            "register": self.register,
            "set-password": self.set_password,
            "setup": self.setup,
            "get-me": self.me,
            "change-me": self.change_me,
            "change-password": self.change_password,
            "list-devices": self.devices,
            "revoke-device": self.revoke_device,
            "revoke-other-devices": self.revoke_other_devices,
        }

    # --- with or without the cookie ---------------------------------------------------------------------

    async def options(self, _: Call) -> AuthOptions:
        return await self._accounts.options()

    async def sign_in(self, call: Call) -> web.Response:
        self._origins.check(call.request)
        return self._answer(call, await self._accounts.sign_in(call.body, self._origins.visitor(call.request)))

    async def refresh(self, call: Call) -> web.Response:
        self._origins.check(call.request)
        token = call.request.cookies.get(COOKIE)
        if not token:
            raise Unauthorized("you are not signed in")
        return self._answer(call, await self._accounts.refresh(token, self._origins.visitor(call.request)))

    async def sign_out(self, call: Call) -> web.Response:
        self._origins.check(call.request)
        if token := call.request.cookies.get(COOKIE):
            await self._accounts.sign_out(token)
        answer = web.Response(status=HTTPStatus.NO_CONTENT, headers={"Cache-Control": "no-store"})
        answer.del_cookie(
            COOKIE,
            path=at(call.request, COOKIE_PATH),
            secure=self._origins.is_https(call.request),
            httponly=True,
            samesite="Strict",
        )
        return answer

    async def register(self, call: Call) -> web.Response:
        self._origins.check(call.request)
        return self._answer(call, await self._accounts.register(call.body, self._origins.visitor(call.request)))

    async def set_password(self, call: Call) -> web.Response:
        self._origins.check(call.request)
        visitor = self._origins.visitor(call.request)
        return self._answer(call, await self._accounts.set_password(call.body.token, call.body.password, visitor))

    async def setup(self, call: Call) -> web.Response:
        self._origins.check(call.request)
        return self._answer(call, await self._accounts.setup(call.body, self._origins.visitor(call.request)))

    def _answer(self, call: Call, result: SignInResult) -> web.Response:
        """The body with the access token, and the refresh token where no script can read it."""
        answer = json_response(result.signed_in, call.route.status)
        answer.set_cookie(
            COOKIE,
            result.refresh_token,
            path=at(call.request, COOKIE_PATH),
            max_age=result.refresh_seconds,
            secure=self._origins.is_https(call.request),
            httponly=True,
            samesite="Strict",
        )
        return answer

    # --- oneself --------------------------------------------------------------------------------------

    async def me(self, call: Call) -> Me:
        return await self._profile.me(call.who)

    async def change_me(self, call: Call) -> Me:
        return await self._profile.change_me(call.who, call.body)

    async def change_password(self, call: Call) -> None:
        await self._profile.change_password(call.who, call.body, self._origins.visitor(call.request))

    async def devices(self, call: Call) -> DeviceList:
        query: DeviceQuery = call.query
        after = None if query.cursor is None else cursors.decode(query.cursor, tuple[datetime, str])
        user_id = _account(call)
        found = await self._devices.page(user_id, after, query.limit + 1)
        page = found[: query.limit]
        items = [
            Device(
                id=row.id,
                label=row.label,
                address=row.address,
                created_at=row.created_at,
                last_used_at=row.last_used_at,
                expires_at=row.expires_at,
                is_current=row.id == call.who.device_id,
            )
            for row in page
        ]
        is_more = len(found) > len(page)
        return DeviceList(
            items=items, next_cursor=cursors.encode(page[-1].last_used_at, page[-1].id) if is_more else None
        )

    async def revoke_device(self, call: Call) -> None:
        await self._devices.revoke_one(_account(call), call.id)

    async def revoke_other_devices(self, call: Call) -> None:
        await self._devices.revoke_others(_account(call), call.who.device_id)


def _account(call: Call) -> str:
    """The id of who asks; a link to a course says nothing about devices. Raises `Forbidden`."""
    if call.who.grant is not None:
        raise Forbidden("sign in to see your devices")
    return call.who.user_id
