"""Courses, their sections, and who is in them.

A roster is imported from CSV in UTF-8, with comma, semicolon or tab. The columns are
``name,email[,role][,section]`` in this order, or in any order below a line with their names. Each line is
answered for itself.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from signaling.protocol.accounts import Email
from signaling.protocol.base import Cursor, Id, Limit, Name, Role, Text, Title, Wire
from signaling.protocol.rest import Route

RosterRole = Literal["tutor", "student"]
"""What one may be made: guests come by invites alone."""
RosterState = Literal["active", "removed", "blocked"]
"""``blocked``: removed, and not to come back by an invite."""
ImportStatus = Literal["added", "updated", "unchanged", "failed"]

MAX_SECTIONS = 200
ROSTER_FILE_BYTES = 1_048_576


class Section(Wire, frozen=True, kw_only=True):
    """A part of a course's students, with live classes of its own."""

    id: str
    name: str
    created_at: datetime


class Course(Wire, frozen=True, kw_only=True):
    """``role`` is one's own; null for an admin who is not in it. ``memberCount`` counts everyone in it now."""

    id: str
    title: str
    description: str
    role: Role | None
    section_id: str | None
    member_count: int
    created_by: str | None
    created_at: datetime
    archived_at: datetime | None


class CreateCourse(Wire, frozen=True, kw_only=True):
    """Whoever creates a course is its first tutor."""

    title: Title
    description: Text = ""
    id: Id | None = None


class UpdateCourse(Wire, frozen=True, kw_only=True):
    """What is left out stays."""

    title: Title | UnsetType = UNSET
    description: Text | UnsetType = UNSET


class CourseQuery(Wire, frozen=True, kw_only=True):
    """``archived`` left out: both."""

    archived: bool | None = None
    cursor: Cursor | None = None
    limit: Limit = 50


class CourseList(Wire, frozen=True, kw_only=True):
    """Newest first. Those one is in; admins get all."""

    items: list[Course]
    next_cursor: str | None


class CreateSection(Wire, frozen=True, kw_only=True):
    name: Name
    id: Id | None = None


class RenameSection(Wire, frozen=True, kw_only=True):
    name: Name


class SectionList(Wire, frozen=True, kw_only=True):
    """By name; at most 200."""

    items: list[Section]


class RosterEntry(Wire, frozen=True, kw_only=True):
    """Somebody in a course. ``email`` is for tutors' eyes, null for others."""

    user_id: str
    name: str
    email: str | None
    role: Role
    section_id: str | None
    state: RosterState
    enrolled_at: datetime


class RosterQuery(Wire, frozen=True, kw_only=True):
    """``search``: words in names, and for tutors in e-mail addresses. Those who are removed are shown to tutors
    alone."""

    search: Annotated[str, Meta(max_length=100)] = ""
    role: Role | None = None
    section_id: Id | None = None
    state: RosterState = "active"
    cursor: Cursor | None = None
    limit: Limit = 50


class RosterList(Wire, frozen=True, kw_only=True):
    """By name."""

    items: list[RosterEntry]
    next_cursor: str | None


class AddToRoster(Wire, frozen=True, kw_only=True):
    """Somebody with an account, by id or e-mail address; or somebody new, by e-mail address and name. A new
    account has no password yet: its owner gets one by a link."""

    user_id: Id | None = None
    email: Email | None = None
    name: Name | None = None
    role: RosterRole = "student"
    section_id: Id | None = None


class UpdateRosterEntry(Wire, frozen=True, kw_only=True):
    """What is left out stays. ``sectionId`` null: in no section."""

    role: RosterRole | UnsetType = UNSET
    section_id: Id | UnsetType | None = UNSET


class ImportQuery(Wire, frozen=True, kw_only=True):
    """``dryRun``: only say what would happen. ``createSections``: a section that is not there is made; else its
    line fails."""

    dry_run: bool = False
    create_sections: bool = False


class ImportedLine(Wire, frozen=True, kw_only=True):
    """What became of one line of the file. ``reason`` says why it failed."""

    line: int
    status: ImportStatus
    name: str
    email: str
    reason: str | None


class ImportReport(Wire, frozen=True, kw_only=True):
    """Every line with something in it, in the order of the file. ``dryRun``: nothing was changed."""

    dry_run: bool
    added: int
    updated: int
    unchanged: int
    failed: int
    lines: list[ImportedLine]


class EnrolmentChanged(Wire, frozen=True, kw_only=True):
    """To all devices of a user: what they are in a course now; ``role`` null: in it no longer."""

    course_id: str
    section_id: str | None
    role: Role | None


_COURSES = "/api/v1/courses"
_ONE = f"{_COURSES}/{{id}}"
_SECTION = f"{_ONE}/sections/{{sectionId}}"
_ROSTER = f"{_ONE}/roster"
_ENTRY = f"{_ROSTER}/{{userId}}"

ROUTES: tuple[Route, ...] = (
    Route(
        operation="create-course",
        method="POST",
        path=_COURSES,
        who="any account, or admins alone (`courses.anyone_creates`)",
        doc="Make a course. Its creator becomes its tutor.",
        body=CreateCourse,
        answer=Course,
        status=201,
        errors=("forbidden", "already_exists"),
    ),
    Route(
        operation="list-courses",
        method="GET",
        path=_COURSES,
        who="anybody",
        doc="One's courses.",
        query=CourseQuery,
        answer=CourseList,
    ),
    Route(
        operation="get-course",
        method="GET",
        path=_ONE,
        who="any member",
        doc="One course.",
        answer=Course,
        errors=("not_found",),
    ),
    Route(
        operation="update-course",
        method="PATCH",
        path=_ONE,
        who="tutor",
        doc="Change title or description.",
        body=UpdateCourse,
        answer=Course,
        errors=("forbidden", "not_found", "wrong_status"),
    ),
    Route(
        operation="archive-course",
        method="POST",
        path=f"{_ONE}/archive",
        who="tutor",
        doc="Put a course away: it can be read and not be changed. Not while one of its live classes runs; those "
        "that are planned are cancelled.",
        answer=Course,
        errors=("forbidden", "not_found", "wrong_status"),
    ),
    Route(
        operation="unarchive-course",
        method="POST",
        path=f"{_ONE}/unarchive",
        who="tutor",
        doc="Take a course up again.",
        answer=Course,
        errors=("forbidden", "not_found"),
    ),
    Route(
        operation="list-sections",
        method="GET",
        path=f"{_ONE}/sections",
        who="any member",
        doc="The sections of a course.",
        answer=SectionList,
        errors=("not_found",),
    ),
    Route(
        operation="create-section",
        method="POST",
        path=f"{_ONE}/sections",
        who="tutor",
        doc="Make a section.",
        body=CreateSection,
        answer=Section,
        status=201,
        errors=("forbidden", "not_found", "already_exists", "wrong_status"),
    ),
    Route(
        operation="rename-section",
        method="PATCH",
        path=_SECTION,
        who="tutor",
        doc="Rename a section.",
        body=RenameSection,
        answer=Section,
        errors=("forbidden", "not_found", "already_exists", "wrong_status"),
    ),
    Route(
        operation="delete-section",
        method="DELETE",
        path=_SECTION,
        who="tutor",
        doc="Dissolve a section; its students stay in the course. Not while it has classes planned or live.",
        status=204,
        errors=("forbidden", "not_found", "wrong_status"),
    ),
    Route(
        operation="list-roster",
        method="GET",
        path=_ROSTER,
        who="tutor, student",
        doc="Who is in a course.",
        query=RosterQuery,
        answer=RosterList,
        errors=("forbidden", "not_found"),
    ),
    Route(
        operation="add-to-roster",
        method="POST",
        path=_ROSTER,
        who="tutor",
        doc="Put somebody into a course, also one who was removed.",
        body=AddToRoster,
        answer=RosterEntry,
        status=201,
        errors=("forbidden", "not_found", "already_exists", "wrong_status"),
    ),
    Route(
        operation="import-roster",
        method="POST",
        path=f"{_ROSTER}/import",
        who="tutor",
        doc="Add and change people by a CSV file. Bad lines do not stop the others; nobody is removed.",
        query=ImportQuery,
        body_media_type="text/csv",
        answer=ImportReport,
        errors=("forbidden", "not_found", "wrong_status"),
        largest=ROSTER_FILE_BYTES,
    ),
    Route(
        operation="export-roster",
        method="GET",
        path=f"{_ROSTER}.csv",
        who="tutor",
        doc="Everyone in the course now, as the CSV that can be imported.",
        media_type="text/csv",
        errors=("forbidden", "not_found"),
    ),
    Route(
        operation="update-roster-entry",
        method="PATCH",
        path=_ENTRY,
        who="tutor",
        doc="Change somebody's role or section. The last tutor stays one.",
        body=UpdateRosterEntry,
        answer=RosterEntry,
        errors=("forbidden", "not_found", "wrong_status"),
    ),
    Route(
        operation="remove-from-roster",
        method="DELETE",
        path=_ENTRY,
        who="tutor",
        doc="Remove somebody: they lose access at once, whatever link they have. The last tutor stays.",
        status=204,
        errors=("forbidden", "not_found", "wrong_status"),
    ),
    Route(
        operation="block-in-course",
        method="POST",
        path=f"{_ENTRY}/block",
        who="tutor",
        doc="Remove somebody who is not to come back, by an invite either.",
        answer=RosterEntry,
        errors=("forbidden", "not_found", "wrong_status"),
    ),
    Route(
        operation="unblock-in-course",
        method="POST",
        path=f"{_ENTRY}/unblock",
        who="tutor",
        doc="Let them come back by an invite, or add them again.",
        answer=RosterEntry,
        errors=("forbidden", "not_found", "wrong_status"),
    ),
)
