"""Rectangles, discs and seven-segment digits on a YUV 4:2:0 picture, without an imaging library."""

from __future__ import annotations

import math

from av import VideoFrame

Color = tuple[int, int, int]
"""Y, U, V."""

#     a
#   f   b      each digit is the set of segments that are lit
#     g
#   e   c
#     d
SEGMENTS = ("abcdef", "bc", "abdeg", "abcdg", "bcfg", "acdfg", "acdefg", "abc", "abcdefg", "abcdfg")


class Canvas:
    """A picture of even width and height, drawn row by row; what lies outside is cut off."""

    def __init__(self, width: int, height: int, color: Color) -> None:
        self.width = width
        self.height = height
        self._planes = [
            bytearray([color[0]]) * (width * height),
            bytearray([color[1]]) * (width * height // 4),
            bytearray([color[2]]) * (width * height // 4),
        ]

    def copy(self) -> Canvas:
        other = Canvas.__new__(Canvas)
        other.width, other.height = self.width, self.height
        other._planes = [bytearray(plane) for plane in self._planes]
        return other

    def rectangle(self, left: float, top: float, width: float, height: float, color: Color) -> None:
        for row in range(round(top), round(top + height)):
            self._row(row, left, left + width, color)

    def disc(self, x: float, y: float, radius: float, color: Color) -> None:
        for row in range(round(y - radius), round(y + radius) + 1):
            half = math.sqrt(max(0.0, radius * radius - (row - y) ** 2))
            self._row(row, x - half, x + half, color)

    def digit(self, value: int, left: float, top: float, size: float, color: Color) -> None:
        """``size`` is the width; the height is twice that."""
        thick = size / 6
        places = {
            "a": (left + thick, top, size - 2 * thick, thick),
            "b": (left + size - thick, top + thick / 2, thick, size - thick),
            "c": (left + size - thick, top + size + thick / 2, thick, size - thick),
            "d": (left + thick, top + 2 * size - thick, size - 2 * thick, thick),
            "e": (left, top + size + thick / 2, thick, size - thick),
            "f": (left, top + thick / 2, thick, size - thick),
            "g": (left + thick, top + size - thick / 2, size - 2 * thick, thick),
        }
        for segment in SEGMENTS[value]:
            self.rectangle(*places[segment], color)

    def frame(self) -> VideoFrame:
        frame = VideoFrame(self.width, self.height, "yuv420p")
        for plane, data in zip(frame.planes, self._planes, strict=True):
            if plane.line_size == plane.width:
                plane.update(bytes(data))
            else:
                gap = bytes(plane.line_size - plane.width)
                rows = range(0, len(data), plane.width)
                plane.update(b"".join(bytes(data[row : row + plane.width]) + gap for row in rows))
        return frame

    def _row(self, row: int, left: float, right: float, color: Color) -> None:
        start, end = max(0, round(left)), min(self.width, round(right))
        if not 0 <= row < self.height or start >= end:
            return
        luma, *chroma = self._planes
        at = row * self.width
        luma[at + start : at + end] = bytes([color[0]]) * (end - start)
        half_start, half_end, at = start // 2, (end + 1) // 2, row // 2 * (self.width // 2)
        for plane, value in zip(chroma, color[1:], strict=True):
            plane[at + half_start : at + half_end] = bytes([value]) * (half_end - half_start)
