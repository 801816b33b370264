from datetime import datetime, timedelta

from av import VideoFrame
from hypothesis import given
from hypothesis import strategies as st

from demo.canvas import SEGMENTS, Canvas
from demo.tracks import FRAME_SAMPLES, HEIGHT, NIGHT, WIDTH, Melody, Picture, draw, melody

BLACK, WHITE = (16, 128, 128), (235, 128, 128)
NOON = datetime(2026, 1, 2, 12, 0, 0)


def _luma(frame: VideoFrame) -> bytes:
    return bytes(frame.planes[0])


@given(left=st.integers(-50, 50), top=st.integers(-50, 50), width=st.integers(0, 60), height=st.integers(0, 60))
def test_what_lies_outside_is_cut_off(left: int, top: int, width: int, height: int) -> None:
    canvas = Canvas(64, 32, BLACK)
    canvas.rectangle(left, top, width, height, WHITE)
    across = max(0, min(64, left + width) - max(0, left))
    down = max(0, min(32, top + height) - max(0, top))
    assert _luma(canvas.frame()).count(235) == across * down


def test_every_digit_looks_different() -> None:
    pictures = set()
    for value in range(len(SEGMENTS)):
        canvas = Canvas(64, 96, BLACK)
        canvas.digit(value, 4, 4, 40, WHITE)
        pictures.add(_luma(canvas.frame()))
    assert len(pictures) == 10


def test_a_frame_has_the_size_of_its_canvas_even_where_rows_are_padded() -> None:
    frame = Canvas(50, 10, WHITE).frame()
    assert (frame.width, frame.height) == (50, 10)
    assert set(_luma(frame)[:50]) == {235}


def test_the_picture_moves_and_leaves_the_background_alone() -> None:
    background = Canvas(WIDTH, HEIGHT, NIGHT)
    pictures = {
        _luma(draw(background, NOON + timedelta(seconds=number / 15), number / 15).frame()) for number in range(30)
    }
    assert len(pictures) == 30
    assert set(_luma(background.frame())) == {NIGHT[0]}


def test_the_melody_is_soft_and_loops_on_a_frame() -> None:
    samples = melody()
    assert len(samples) % FRAME_SAMPLES == 0
    assert 500 < max(samples) < 3000
    assert abs(samples[0]) < 50
    assert abs(samples[-1]) < 50


async def test_frames_come_numbered_in_their_clock() -> None:
    picture, sound = Picture(), Melody()
    frames = [await picture.recv() for _ in range(2)]
    assert (frames[0].width, frames[0].height) == (WIDTH, HEIGHT)
    first, second = (frame.pts or 0 for frame in frames)
    assert second > first
    assert (second - first) % 6000 == 0
    notes = [await sound.recv() for _ in range(3)]
    assert [note.samples for note in notes] == [FRAME_SAMPLES] * 3
    times = [note.pts or 0 for note in notes]
    assert times == sorted(set(times))
