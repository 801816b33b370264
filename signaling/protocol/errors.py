"""The stable codes of errors, on sockets and over REST alike."""

from __future__ import annotations

ERROR_CODES: dict[str, str] = {
    "bad_request": "the payload does not fit the event; the message says where",
    "unknown_event": "there is no such event",
    "too_large": "the payload is larger than allowed",
    "unsupported_type": "the body is of another media type than this route takes",
    "method_not_allowed": "this path has other methods; the header Allow says which",
    "rate_limited": "too many events; try again later",
    "unauthorized": "the token is missing, wrong or expired",
    "forbidden": "this role may not do that",
    "not_found": "no such live class, session or participant",
    "not_live": "the live class has no running session",
    "already_live": "the live class is running already",
    "wrong_status": "the live class is not in a state for that; the message says which",
    "already_exists": "the id is taken",
    "elsewhere": "another server hosts this session; `url` says which",
    "not_joined": "join the session first",
    "muted": "a tutor has muted you in this chat",
    "quota_exceeded": "your files take more room than is allowed",
    "storage_full": "the server has no room for files left",
    "class_full": "the live class is full",
    "room_locked": "the tutor has locked the room: nobody new gets in",
    "source_locked": "the tutor has locked this device; switch it off and tell the state again",
    "poll_closed": "the poll is not open for votes",
    "already_voted": "this user has voted, and the poll takes no second thoughts",
    "bad_sdp": "the offer cannot be used; the message says why",
    "overloaded": "the server carries as many as it can; those who are in go on",
    "media_unavailable": "no media worker answers now; try again",
    "unavailable": "the database is busy, full or gone; try again",
    "internal": "the server failed; it has been logged",
}
