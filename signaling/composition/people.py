"""Puts the parts about people together: accounts, sign-ins, who somebody is, invites, presence."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from signaling.config import Config
from signaling.http.accounts import AccountRoutes
from signaling.http.api import Handlers as RouteHandlers
from signaling.http.origins import Origins
from signaling.http.people import PeopleRoutes
from signaling.services.access import Access
from signaling.services.people.accounts import Accounts
from signaling.services.people.devices import Devices
from signaling.services.people.directory import People
from signaling.services.people.issuer import Fetch, Issuer
from signaling.services.people.passwords import Passwords
from signaling.services.people.profile import Profile
from signaling.services.people.throttle import SignInThrottle
from signaling.store.accounts import AccountStore
from signaling.store.courses import CourseStore
from signaling.store.database import Database
from signaling.store.devices import DeviceStore
from signaling.store.people import PeopleStore
from signaling.store.stream_keys import StreamKeyStore
from signaling.tokens import Tokens

CLEAN_UP_S = 3600.0


class PeopleParts:
    """An attribute each, as in `signaling.composition.control_plane.ControlPlane`."""

    def __init__(
        self,
        *,
        config: Config,
        database: Database,
        people: PeopleStore,
        courses: CourseStore,
        tokens: Tokens,
        fetch: Fetch,
        monotonic: Callable[[], float],
        now: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        account_store, device_store = AccountStore(), DeviceStore()
        self.account_store = account_store
        throttle = SignInThrottle(monotonic)
        self.passwords = Passwords()
        self.store = people
        self.origins = Origins(config.http)
        self.access = Access(
            database=database,
            people=people,
            courses=courses,
            devices=device_store,
            stream_keys=StreamKeyStore(),
            tokens=tokens,
            issuer=Issuer(config.auth.issuer, fetch, monotonic) if config.auth.issuer.url else None,
            now=now,
            new_id=new_id,
        )
        self.devices = Devices(
            database=database,
            store=device_store,
            tokens=tokens,
            lifetime=timedelta(days=config.accounts.refresh_days),
            grace=timedelta(seconds=config.accounts.refresh_grace_seconds),
            now=now,
            new_id=new_id,
        )
        self.accounts = Accounts(
            database=database,
            people=people,
            accounts=account_store,
            devices=self.devices,
            passwords=self.passwords,
            throttle=throttle,
            tokens=tokens,
            config=config.accounts,
            now=now,
            new_id=new_id,
        )
        self.profile = Profile(
            database=database,
            people=people,
            accounts=account_store,
            devices=self.devices,
            passwords=self.passwords,
            throttle=throttle,
            now=now,
        )

        self.people = People(
            database=database,
            people=people,
            accounts=account_store,
            devices=self.devices,
            passwords=self.passwords,
            access=self.access,
            link_lifetime=timedelta(hours=config.accounts.password_link_hours),
            now=now,
            new_id=new_id,
        )

    def route_handlers(self) -> RouteHandlers:
        return {
            **AccountRoutes(self.accounts, self.profile, self.devices, self.origins).handlers(),
            **PeopleRoutes(self.people).handlers(),
        }

    def jobs(self) -> list[tuple[float, Callable[[], Awaitable[None]]]]:
        return [(CLEAN_UP_S, self.accounts.clean_up)]
