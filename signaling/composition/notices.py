"""Puts the parts together that tell people and other programs, and that act at a time."""

from __future__ import annotations

import random
import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from signaling.config import Config
from signaling.http.api import Handlers as RouteHandlers
from signaling.http.notifications import NotificationRoutes
from signaling.http.webhooks import ScheduleRoutes, WebhookRoutes
from signaling.realtime.caller import Handlers as EventHandlers
from signaling.realtime.handlers.notifications import NotificationEvents
from signaling.services.access import Access
from signaling.services.notices.deliveries import Carrier, Deliveries
from signaling.services.notices.mailing import Mailing
from signaling.services.notices.notifications import Notifications
from signaling.services.notices.outgoing import Senders
from signaling.services.notices.push import Push
from signaling.services.notices.signatures import MailLinks
from signaling.services.notices.webhook_admin import WebhookAdmin
from signaling.services.notices.webhooks import Webhooks
from signaling.services.schedule.schedule_worker import ScheduleWorker
from signaling.services.schedule.scheduler import Scheduler
from signaling.store.audience import AudienceStore
from signaling.store.audit import AuditStore
from signaling.store.courses import CourseStore
from signaling.store.database import Database
from signaling.store.deliveries import Channel, DeliveryStore
from signaling.store.live_classes import LiveClassStore
from signaling.store.notifications import NotificationStore
from signaling.store.push import PushStore
from signaling.store.schedule import ScheduleStore
from signaling.store.webhooks import WebhookStore
from signaling.tokens import Tokens

TICK_S = 1.0
CLEAN_UP_S = 3600.0


class NoticeParts:
    """An attribute each, as in `signaling.composition.control_plane.ControlPlane`."""

    def __init__(
        self,
        *,
        config: Config,
        database: Database,
        courses: CourseStore,
        live_classes: LiveClassStore,
        access: Access,
        senders: Senders,
        tokens: Tokens,
        start: Callable[[str], Awaitable[object]],
        monotonic: Callable[[], float],
        now: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        """``start``: see `ScheduleWorker`."""
        audience, deliveries, audit = AudienceStore(), DeliveryStore(), AuditStore()
        webhook_store, schedule_store = WebhookStore(), ScheduleStore()
        allow_private = config.outgoing.allow_private_addresses
        self.mail_links = MailLinks(tokens)
        self.notifications = Notifications(
            database=database,
            store=NotificationStore(),
            audience=audience,
            deliveries=deliveries,
            sends_mail=senders.mail is not None,
            keep=timedelta(days=config.notifications.keep_days),
            now=now,
            new_id=new_id,
        )
        self.push = Push(
            database=database,
            store=PushStore(),
            deliveries=deliveries,
            sender=senders.push,
            allow_private=allow_private,
            now=now,
            new_id=new_id,
        )
        self.webhooks = Webhooks(
            database=database,
            store=webhook_store,
            deliveries=deliveries,
            audit=audit,
            sender=senders.webhook,
            disable_after=timedelta(hours=config.outgoing.webhook_disable_hours),
            now=now,
            new_id=new_id,
            monotonic=monotonic,
        )
        self.webhook_admin = WebhookAdmin(
            database=database,
            store=webhook_store,
            deliveries=deliveries,
            webhooks=self.webhooks,
            courses=courses,
            audit=audit,
            access=access,
            allow_private=allow_private,
            now=now,
            new_id=new_id,
            random_bytes=secrets.token_bytes,
        )
        carriers: dict[Channel, Carrier] = {"push": self.push, "webhook": self.webhooks}
        if senders.mail is not None:
            carriers["email"] = Mailing(
                database=database,
                audience=audience,
                deliveries=deliveries,
                sender=senders.mail,
                links=self.mail_links,
                public_url=config.http.public_url,
                now=now,
            )
        self.deliveries = Deliveries(
            database=database, store=deliveries, carriers=carriers, now=now, random=random.random
        )
        self.scheduler = Scheduler(
            database=database,
            store=schedule_store,
            live_classes=live_classes,
            access=access,
            reminder_minutes=config.notifications.reminder_minutes,
            now=now,
        )
        self.schedule_worker = ScheduleWorker(
            database=database,
            store=schedule_store,
            live_classes=live_classes,
            audience=audience,
            notifications=self.notifications,
            webhooks=self.webhooks,
            start=start,
            reminder_minutes=config.notifications.reminder_minutes,
            node=new_id(),
            now=now,
        )

    def route_handlers(self) -> RouteHandlers:
        return {
            **NotificationRoutes(self.notifications, self.push, self.mail_links).handlers(),
            **WebhookRoutes(self.webhook_admin).handlers(),
            **ScheduleRoutes(self.scheduler).handlers(),
        }

    def event_handlers(self) -> EventHandlers:
        return NotificationEvents(self.notifications).handlers()

    def jobs(self) -> list[tuple[float, Callable[[], Awaitable[None]]]]:
        return [
            (TICK_S, self.schedule_worker.tick),
            *((TICK_S, work) for work in self.deliveries.works()),
            (CLEAN_UP_S, self.notifications.purge),
            (CLEAN_UP_S, self.deliveries.purge),
            (CLEAN_UP_S, self.webhooks.purge),
            (CLEAN_UP_S, self.schedule_worker.purge),
        ]
