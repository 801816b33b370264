"""The Socket.IO protocol, defined once: what clients may send, how it is answered, what the server sends.

A client event is acknowledged with ``{ok: true, ...}`` (its ack struct), or ``{ok: false, error: {code,
message}}``.
Identity, name and role are never read from a payload: they come from the token of the connection. The TypeScript
types in ``web/src/protocol/protocol.gen.ts`` and ``docs/protocol.md`` are generated from here.
"""

from __future__ import annotations

import msgspec

from signaling.protocol import (
    accounts,
    chat,
    chat_rooms,
    connection,
    courses,
    hands,
    live_classes,
    moderation,
    notifications,
    polls,
    presence,
    reactions,
    reception,
    room_policy,
    session,
    waiting,
)
from signaling.protocol.base import Ok, Wire

CLIENT_EVENTS: dict[str, tuple[type[Wire], type[Wire]]] = {
    "renew-token": (connection.RenewToken, connection.TokenRenewed),
    "join-course": (connection.JoinCourse, connection.CourseJoined),
    "leave-course": (connection.LeaveCourse, Ok),
    "join-session": (session.JoinSession, session.Joined),
    "leave-session": (session.LeaveSession, Ok),
    "get-session-users": (session.GetSessionUsers, session.SessionUsers),
    "resync": (session.Resync, session.Resynced),
    "connect-media": (session.ConnectMedia, session.MediaConnected),
    "update-media-state": (session.UpdateMediaState, Ok),
    "restart-ice": (session.RestartIce, session.MediaConnected),
    "set-reception": (reception.SetReception, Ok),
    "suggest-reception": (reception.SuggestReception, Ok),
    "set-wishes": (reception.SetWishes, Ok),
    "raise-hand": (hands.RaiseHand, Ok),
    "lower-hand": (hands.LowerHand, Ok),
    "send-message": (chat.SendMessage, chat.MessageSent),
    "edit-message": (chat.EditMessage, chat.MessageSent),
    "delete-message": (chat.DeleteMessage, chat.MessageSent),
    "set-reaction": (chat.SetReaction, Ok),
    "pin-message": (chat.PinMessage, chat.MessageSent),
    "mark-read": (chat.MarkChatRead, chat.MarkedRead),
    "typing": (chat.Typing, Ok),
    "open-chat": (chat.OpenChat, chat.ChatSync),
    "close-chat": (chat.CloseChat, Ok),
    "sync-chat": (chat.SyncChat, chat.ChatSync),
    "lower-all-hands": (hands.LowerAllHands, Ok),
    "let-speak": (hands.LetSpeak, Ok),
    "react": (reactions.React, Ok),
    "mute-user": (moderation.MuteUser, Ok),
    "mute-all": (moderation.MuteAll, Ok),
    "remove-user": (moderation.RemoveUser, Ok),
    "promote-user": (moderation.PromoteUser, Ok),
    "set-room-policy": (room_policy.SetRoomPolicy, Ok),
    "allow-publish": (room_policy.AllowPublish, Ok),
    "admit": (waiting.Admit, Ok),
    "admit-all": (waiting.AdmitAll, Ok),
    "deny": (waiting.Deny, Ok),
    "create-poll": (polls.CreatePoll, polls.PollCreated),
    "launch-poll": (polls.LaunchPoll, Ok),
    "vote-poll": (polls.VotePoll, Ok),
    "close-poll": (polls.ClosePoll, Ok),
    "end-session": (session.EndSession, Ok),
    "sync-notifications": (notifications.SyncNotifications, notifications.NotificationsSynced),
}

SERVER_EVENTS: dict[str, type[Wire]] = {
    "token-expiring": connection.TokenExpiring,
    "closing": connection.Closing,
    "signed-out": accounts.SignedOut,
    "presence-changed": presence.PresenceChanged,
    "existing-users": session.ExistingUsers,
    "user-joined": session.UserJoined,
    "user-updated": session.UserUpdated,
    "user-left": session.UserLeft,
    "participants-list": session.ParticipantsList,
    "hands-changed": hands.HandsChanged,
    "may-speak": hands.MaySpeak,
    "room-policy-changed": room_policy.RoomPolicyChanged,
    "waiting-changed": waiting.WaitingChanged,
    "admitted": waiting.Admitted,
    "reactions": reactions.RoomReactions,
    "poll-opened": polls.PollOpened,
    "poll-closed": polls.PollClosed,
    "poll-results": polls.PollResults,
    "poll-voted": polls.PollVote,
    "poll-changed": polls.PollChanged,
    "session-ending-soon": session.SessionEndingSoon,
    "session-ending-cancelled": session.SessionEndingCancelled,
    "new-message": chat.NewMessage,
    "message-updated": chat.MessageUpdated,
    "message-deleted": chat.MessageDeleted,
    "reaction-changed": chat.ReactionChanged,
    "messages-read": chat.MessagesRead,
    "user-typing": chat.UserTyping,
    "chat-room-updated": chat_rooms.ChatRoomUpdated,
    "chat-room-left": chat_rooms.ChatRoomLeft,
    "live-class-started": live_classes.LiveClassStarted,
    "live-class-ended": live_classes.LiveClassEnded,
    "enrolment-changed": courses.EnrolmentChanged,
    "live-class-scheduled": live_classes.LiveClassScheduled,
    "live-class-updated": live_classes.LiveClassUpdated,
    "live-class-cancelled": live_classes.LiveClassCancelled,
    "live-class-deleted": live_classes.LiveClassDeleted,
    "live-class-duration-updated": live_classes.LiveClassDurationUpdated,
    "live-class-progress": live_classes.LiveClassProgress,
    "slots-changed": session.SlotsChanged,
    "active-speaker": session.ActiveSpeaker,
    "media-reset": session.MediaReset,
    "layers-wanted": reception.LayersWanted,
    "reception-changed": reception.ReceptionChanged,
    "reception-suggested": reception.ReceptionSuggested,
    "connection-quality": reception.ConnectionQuality,
    "health-changed": reception.HealthChanged,
    "muted": moderation.Muted,
    "removed": moderation.Removed,
    "notification": notifications.NotificationTold,
    "notifications-read": notifications.NotificationsRead,
    "notification-deleted": notifications.NotificationDeleted,
}

_NAMES: dict[type[msgspec.Struct], str] = {struct: name for name, struct in SERVER_EVENTS.items()}


def event_name(body: msgspec.Struct) -> str:
    """The wire name of a server event's body."""
    return _NAMES[type(body)]
