"""Notifications by mail: the words, and the sending of what is due."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from html import escape

import msgspec

from signaling.services.notices.notifications import Told
from signaling.services.notices.outgoing import Mail, MailSender, Outcome, Policy
from signaling.services.notices.signatures import MailLinks
from signaling.store.audience import AudienceStore
from signaling.store.database import Database, Transaction
from signaling.store.deliveries import Delivery, DeliveryStore

log = logging.getLogger(__name__)

POLICY = Policy(
    delays=(
        timedelta(seconds=30),
        timedelta(minutes=2),
        timedelta(minutes=10),
        timedelta(minutes=30),
        timedelta(hours=1),
        timedelta(hours=3),
        timedelta(hours=6),
        timedelta(hours=12),
    ),
    at_once=4,
)

UNSUBSCRIBE_PATH = "/api/v1/unsubscribe"


class Mailing:
    def __init__(
        self,
        *,
        database: Database,
        audience: AudienceStore,
        deliveries: DeliveryStore,
        sender: MailSender,
        links: MailLinks,
        public_url: str,
        now: Callable[[], datetime],
    ) -> None:
        """``public_url`` is where the links in mails lead to."""
        self._db = database
        self._audience = audience
        self._deliveries = deliveries
        self._sender = sender
        self._links = links
        self._public_url = public_url.rstrip("/")
        self._now = now
        self.policy = POLICY

    async def send(self, delivery: Delivery) -> Outcome | None:
        async with self._db.transaction() as tx:
            to = await self._audience.mail_address(tx, delivery.target)
        if to is None:
            return None
        return await self._sender.mail(self._write(delivery, to), self._now())

    def _write(self, delivery: Delivery, to: str) -> Mail:
        told = msgspec.json.decode(delivery.payload, type=Told)
        stop = f"{self._public_url}{UNSUBSCRIBE_PATH}?token={self._links.token(told.user_id)}"
        page = f"{self._public_url}/class/{told.live_class_id}" if told.live_class_id else f"{self._public_url}/"
        text = f"{told.text}\n\n{page}\n\n-- \nNo more mail like this: {stop}\n"
        html = (
            f"<h1>{escape(told.title)}</h1>"
            f'<p style="white-space:pre-wrap">{escape(told.text)}</p>'
            f'<p><a href="{escape(page)}">Open</a></p>'
            f'<p><small><a href="{escape(stop)}">No more mail like this</a></small></p>'
        )
        return Mail(
            to=to,
            subject=told.title,
            text=f"{told.title}\n\n{text}",
            html=html,
            message_id=delivery.id,
            unsubscribe_url=stop,
        )

    async def settled(
        self, tx: Transaction, delivery: Delivery, outcome: Outcome, retry_at: datetime | None
    ) -> None:
        """While the server takes nothing, one mail tries it for all."""
        if outcome.nothing_works and retry_at is not None:
            log.warning("no mail can be sent: %s", outcome.detail)
            await self._deliveries.postpone(tx, "email", None, self._now(), retry_at)
