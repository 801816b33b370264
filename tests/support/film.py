"""A film for a browser's fake camera: textured and in motion, as a real camera's picture is, and not large."""

from __future__ import annotations

import random
from pathlib import Path

WIDTH, HEIGHT = 640, 360
FRAME_RATE = 20
FRAMES = 40
MARGIN = FRAMES * 2


def write_film(path: Path) -> None:
    """A Y4M file of two seconds: a grainy wall that the camera pans over, forth and back."""
    grain = random.Random(1)
    line = WIDTH + MARGIN
    wall = []
    for row in range(HEIGHT):
        shade = 60 + row // 4
        wall.append(bytes(shade + (column // 40 % 2) * 30 + grain.randrange(24) for column in range(line)))
    color = [
        bytes(100 + (row * 40 // HEIGHT) + (column * 30 // WIDTH) for column in range(WIDTH // 2))
        for row in range(HEIGHT // 2)
    ]
    chroma = b"".join(color) * 2
    with path.open("wb") as film:
        film.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{FRAME_RATE}:1 Ip A1:1 C420jpeg\n".encode())
        for number in range(FRAMES):
            shift = 4 * min(number, FRAMES - number)
            film.write(b"FRAME\n")
            film.write(b"".join(row[shift : shift + WIDTH] for row in wall))
            film.write(chroma)
