"""Puts the parts of chat together."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from signaling.announcements import Announcement, Follow, Unfollow
from signaling.config import Config
from signaling.http.api import Handlers as RouteHandlers
from signaling.http.attachments import AttachmentRoutes
from signaling.http.chat import ChatRoutes
from signaling.realtime.caller import Handler
from signaling.realtime.caller import Handlers as EventHandlers
from signaling.realtime.handlers.chat import ChatEvents
from signaling.services.access import Access
from signaling.services.chat.access import ChatAccess
from signaling.services.chat.attachments import Attachments
from signaling.services.chat.file_storage import FileStorage
from signaling.services.chat.messages import ChatMessages
from signaling.services.chat.mutes import ChatMutes
from signaling.services.chat.notices import ChatNotices
from signaling.services.chat.reading import ChatReading
from signaling.services.chat.rooms import ChatRooms
from signaling.services.chat.search import ChatSearch
from signaling.services.notices.notifications import Notifications
from signaling.services.sessions.sessions import Sessions
from signaling.store.chat.members import ChatMemberStore
from signaling.store.chat.messages import ChatMessageStore
from signaling.store.chat.parts import ChatPartStore
from signaling.store.chat.reading import ChatReadStore
from signaling.store.chat.rooms import ChatRoomStore
from signaling.store.chat.search import ChatSearchStore
from signaling.store.courses import CourseStore
from signaling.store.database import Database
from signaling.store.live_classes import LiveClassStore
from signaling.store.people import PeopleStore

TICK_S = 0.5
CLEAN_UP_S = 3600.0


class ChatParts:
    """An attribute each, as in `signaling.composition.control_plane.ControlPlane`."""

    def __init__(
        self,
        *,
        config: Config,
        database: Database,
        people: PeopleStore,
        courses: CourseStore,
        live_classes: LiveClassStore,
        access: Access,
        notifications: Notifications,
        sessions: Sessions,
        publish: Callable[[Announcement | Follow | Unfollow], None],
        now: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        room_store, members, reading = ChatRoomStore(), ChatMemberStore(), ChatReadStore()
        message_store, parts = ChatMessageStore(), ChatPartStore()
        self.access = ChatAccess(rooms=room_store, members=members, config=config.chat)
        self.messages = ChatMessages(
            database=database,
            access=self.access,
            messages=message_store,
            parts=parts,
            people=people,
            notices=ChatNotices(notifications=notifications, members=members, reading=reading),
            config=config.chat,
            now=now,
            new_id=new_id,
        )
        self.rooms = ChatRooms(
            database=database,
            access=access,
            chat=self.access,
            rooms=room_store,
            members=members,
            reading=reading,
            messages=message_store,
            sayings=self.messages,
            live_classes=live_classes,
            now=now,
            new_id=new_id,
        )
        self.reading = ChatReading(
            database=database,
            access=self.access,
            messages=message_store,
            sayings=self.messages,
            reading=reading,
            latest=config.session.chat_history,
            now=now,
        )
        self.search = ChatSearch(
            database=database, access=self.access, sayings=self.messages, store=ChatSearchStore()
        )
        self.mutes = ChatMutes(
            database=database, access=access, members=members, courses=courses, people=people, now=now
        )
        storage = FileStorage(config.attachment_path)
        storage.prepare(now().timestamp())
        self.attachments = Attachments(
            database=database,
            access=self.access,
            parts=parts,
            storage=storage,
            config=config.chat,
            now=now,
            new_id=new_id,
        )
        self._events = ChatEvents(
            rooms=self.rooms,
            messages=self.messages,
            reading=self.reading,
            sessions=sessions,
            publish=publish,
            now=now,
        )

    def route_handlers(self) -> RouteHandlers:
        routes = ChatRoutes(
            rooms=self.rooms,
            messages=self.messages,
            reading=self.reading,
            search=self.search,
            mutes=self.mutes,
        )
        return {**routes.handlers(), **AttachmentRoutes(self.attachments).handlers()}

    def event_handlers(self) -> EventHandlers:
        return self._events.handlers()

    def joining(self, join: Handler) -> Handler:
        """See `ChatEvents.joining`."""
        return self._events.joining(join)

    def jobs(self) -> list[tuple[float, Callable[[], Awaitable[None]]]]:
        return [(TICK_S, self._events.tick), (CLEAN_UP_S, self.attachments.clean_up)]
