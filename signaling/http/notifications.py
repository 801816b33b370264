"""REST: notifications, how one wishes to be told, and Web Push."""

from __future__ import annotations

from html import escape

from aiohttp import web

from signaling.http.api import Call, Handlers
from signaling.protocol import notifications as wire
from signaling.protocol import push as push_wire
from signaling.services.notices.notifications import Notifications
from signaling.services.notices.push import Push
from signaling.services.notices.signatures import MailLinks

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Podium</title>
<h1>{title}</h1>
{body}
</html>
"""

_FORM_ONLY = "default-src 'none'; form-action 'self'; frame-ancestors 'none'"


class NotificationRoutes:
    """One method per route."""

    def __init__(self, notifications: Notifications, push: Push, links: MailLinks) -> None:
        self._notifications = notifications
        self._push = push
        self._links = links

    def handlers(self) -> Handlers:
        return {
            "list-notifications": self.list_,
            "count-unread-notifications": self.count,
            "read-notifications": self.read,
            "delete-notification": self.delete,
            "get-notification-settings": self.settings,
            "set-notification-settings": self.set_settings,
            "show-unsubscribe": self.show_unsubscribe,
            "unsubscribe": self.unsubscribe,
            "get-push-key": self.push_key,
            "list-push-subscriptions": self.subscriptions,
            "add-push-subscription": self.subscribe,
            "remove-push-subscription": self.remove_subscription,
        }

    async def list_(self, call: Call) -> wire.NotificationList:
        query: wire.NotificationQuery = call.query
        return await self._notifications.newest(call.who, query)

    async def count(self, call: Call) -> wire.UnreadCount:
        return wire.UnreadCount(unread_count=await self._notifications.unread_count(call.who))

    async def read(self, call: Call) -> wire.UnreadCount:
        body: wire.MarkRead = call.body
        return wire.UnreadCount(unread_count=await self._notifications.mark_read(call.who, body))

    async def delete(self, call: Call) -> None:
        await self._notifications.delete(call.who, call.path["seq"])

    async def settings(self, call: Call) -> wire.NotificationSettings:
        return await self._notifications.settings(call.who)

    async def set_settings(self, call: Call) -> wire.NotificationSettings:
        body: wire.NotificationSettings = call.body
        return await self._notifications.set_settings(call.who, body)

    async def show_unsubscribe(self, call: Call) -> web.Response:
        # a program that looks at links in mails must not end them: the button does
        self._links.read(_token(call))
        action = escape(f"{call.request.path}?token={_token(call)}")
        form = f'<form method="post" action="{action}"><button>No more mail from here</button></form>'
        response = _page("No more mail?", form)
        response.headers["Content-Security-Policy"] = _FORM_ONLY
        return response

    async def unsubscribe(self, call: Call) -> web.Response:
        await self._notifications.stop_mail(self._links.read(_token(call)))
        return _page("Done", "<p>You get no more mail from here. In your settings you can change that.</p>")

    async def push_key(self, _: Call) -> push_wire.PushKey:
        return self._push.key()

    async def subscriptions(self, call: Call) -> push_wire.PushSubscriptionList:
        return await self._push.subscriptions(call.who)

    async def subscribe(self, call: Call) -> push_wire.PushSubscription:
        body: push_wire.AddPushSubscription = call.body
        return await self._push.add(call.who, body)

    async def remove_subscription(self, call: Call) -> None:
        await self._push.remove(call.who, call.id)


def _token(call: Call) -> str:
    query: wire.UnsubscribeQuery = call.query
    return query.token


def _page(title: str, body: str) -> web.Response:
    text = _PAGE.format(title=title, body=body)
    return web.Response(text=text, content_type="text/html", headers={"Cache-Control": "no-store"})
