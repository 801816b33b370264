"""REST: courses, sections and rosters."""

from __future__ import annotations

from aiohttp import web

from signaling.errors import UnsupportedType
from signaling.http.api import Call, Handlers, read_body
from signaling.protocol import courses as wire
from signaling.services.courses.courses import Courses
from signaling.services.courses.roster import Roster
from signaling.services.courses.roster_import import RosterImport

CSV_TYPES = ("text/csv", "text/plain", "application/vnd.ms-excel")
"""What browsers say a CSV file is."""


class CourseRoutes:
    """One method per route."""

    def __init__(self, courses: Courses, roster: Roster, roster_import: RosterImport) -> None:
        self._courses = courses
        self._roster = roster
        self._import = roster_import

    def handlers(self) -> Handlers:
        return {
            "create-course": self.create,
            "list-courses": self.list_,
            "get-course": self.get,
            "update-course": self.update,
            "archive-course": self.archive,
            "unarchive-course": self.unarchive,
            "list-sections": self.sections,
            "create-section": self.add_section,
            "rename-section": self.rename_section,
            "delete-section": self.drop_section,
            "list-roster": self.roster,
            "add-to-roster": self.add,
            "import-roster": self.import_roster,
            "export-roster": self.export,
            "update-roster-entry": self.update_entry,
            "remove-from-roster": self.remove,
            "block-in-course": self.block,
            "unblock-in-course": self.unblock,
        }

    async def create(self, call: Call) -> wire.Course:
        return await self._courses.create(call.who, call.body)

    async def list_(self, call: Call) -> wire.CourseList:
        return await self._courses.visible(call.who, call.query)

    async def get(self, call: Call) -> wire.Course:
        return await self._courses.get(call.who, call.id)

    async def update(self, call: Call) -> wire.Course:
        return await self._courses.update(call.who, call.id, call.body)

    async def archive(self, call: Call) -> wire.Course:
        return await self._courses.archive(call.who, call.id)

    async def unarchive(self, call: Call) -> wire.Course:
        return await self._courses.unarchive(call.who, call.id)

    # --- sections -------------------------------------------------------------------------------------

    async def sections(self, call: Call) -> wire.SectionList:
        return await self._courses.sections(call.who, call.id)

    async def add_section(self, call: Call) -> wire.Section:
        return await self._courses.add_section(call.who, call.id, call.body)

    async def rename_section(self, call: Call) -> wire.Section:
        return await self._courses.rename_section(call.who, call.id, call.path["sectionId"], call.body)

    async def drop_section(self, call: Call) -> None:
        await self._courses.drop_section(call.who, call.id, call.path["sectionId"])

    # --- rosters --------------------------------------------------------------------------------------

    async def roster(self, call: Call) -> wire.RosterList:
        return await self._roster.page(call.who, call.id, call.query)

    async def add(self, call: Call) -> wire.RosterEntry:
        return await self._roster.add(call.who, call.id, call.body)

    async def import_roster(self, call: Call) -> wire.ImportReport:
        if call.request.content_type not in CSV_TYPES:
            raise UnsupportedType(f"send the file as text/csv, not as {call.request.content_type[:64]}")
        data = await read_body(call.request, call.route.largest)
        return await self._import.run(call.who, call.id, data, call.query)

    async def export(self, call: Call) -> web.Response:
        text = await self._roster.export(call.who, call.id)
        return web.Response(
            text=text,
            content_type="text/csv",
            charset="utf-8",
            headers={
                "Cache-Control": "no-store",
                "Content-Disposition": f'attachment; filename="roster-{call.id}.csv"',
            },
        )

    async def update_entry(self, call: Call) -> wire.RosterEntry:
        return await self._roster.update(call.who, call.id, call.path["userId"], call.body)

    async def remove(self, call: Call) -> None:
        await self._roster.remove(call.who, call.id, call.path["userId"])

    async def block(self, call: Call) -> wire.RosterEntry:
        return await self._roster.block(call.who, call.id, call.path["userId"])

    async def unblock(self, call: Call) -> wire.RosterEntry:
        return await self._roster.unblock(call.who, call.id, call.path["userId"])
