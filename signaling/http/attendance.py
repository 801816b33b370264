"""REST: attendance and analytics."""

from __future__ import annotations

from aiohttp import web

from signaling.attendance.table import class_table, course_table
from signaling.http.api import Call, Handlers
from signaling.protocol.attendance import (
    Analytics,
    AttendanceList,
    AttendanceQuery,
    ClassAttendance,
    CourseAttendance,
    CourseAttendanceQuery,
)
from signaling.services.attendance import Attendance


class AttendanceRoutes:
    """One method per route."""

    def __init__(self, attendance: Attendance) -> None:
        self._attendance = attendance

    def handlers(self) -> Handlers:
        return {
            "get-attendance": self.of_class,
            "get-own-attendance": self.own,
            "list-stays": self.stays,
            "get-analytics": self.class_analytics,
            "get-course-attendance": self.of_course,
            "get-course-analytics": self.course_analytics,
        }

    async def of_class(self, call: Call) -> ClassAttendance | web.Response:
        query: AttendanceQuery = call.query
        found = await self._attendance.of_class(call.who, call.id, query.session_id)
        return _csv(class_table(found), f"attendance-{call.id}") if query.format == "csv" else found

    async def own(self, call: Call) -> ClassAttendance:
        return await self._attendance.own(call.who, call.id)

    async def stays(self, call: Call) -> AttendanceList:
        return AttendanceList(items=await self._attendance.stays(call.who, call.id))

    async def class_analytics(self, call: Call) -> Analytics:
        return await self._attendance.class_analytics(call.who, call.id)

    async def of_course(self, call: Call) -> CourseAttendance | web.Response:
        query: CourseAttendanceQuery = call.query
        found = await self._attendance.of_course(call.who, call.id, query.start, query.end)
        return _csv(course_table(found), f"attendance-course-{call.id}") if query.format == "csv" else found

    async def course_analytics(self, call: Call) -> Analytics:
        query: CourseAttendanceQuery = call.query
        return await self._attendance.course_analytics(call.who, call.id, query.start, query.end)


def _csv(text: str, name: str) -> web.Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"', "Cache-Control": "no-store"}
    return web.Response(text=text, content_type="text/csv", charset="utf-8", headers=headers)
