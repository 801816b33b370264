"""Who speaks: the outline around their picture, and the stage of those who see no tutor."""

from pathlib import Path

from tests.support.chromium import Chromium
from tests.support.classroom import Classroom, Person, together
from tests.support.server import PodiumServer
from tests.support.tab import page_shows
from tests.support.voice import write_voice

_OUTLINED = """() => {
    const pictures = document.querySelectorAll('[data-testid=tile], [data-testid=self-preview]')
    return [...pictures].filter(picture => {
        const { borderTopColor } = getComputedStyle(picture.firstElementChild, '::after')
        const [, , , alpha = 1] = borderTopColor.match(/[\\d.]+/g)
        return Number(alpha) > 0
    }).map(picture => picture.dataset.place?.replace(/:camera$/, '') ?? 'oneself').sort()
}"""
_ON_STAGE = (
    """id => document.querySelector('[data-testid=stage] [data-testid=tile]')?.dataset.place === `${id}:camera`"""
)


async def _outlines(person: Person, *expected: str) -> None:
    """These pictures are outlined, and no others; none at first."""
    await page_shows(person.tab, f"expected => ({_OUTLINED})().join() === expected.join()", sorted(expected))


async def _has_on_stage(person: Person, other: Person) -> None:
    await page_shows(person.tab, _ON_STAGE, other.id)


async def test_who_speaks_is_outlined_and_has_the_stage_without_a_tutor(
    server: PodiumServer, artifacts: Path, tmp_path: Path
) -> None:
    # The beeps of a fake microphone are heard for 0.4 s of each second: just enough to be speech, or just not.
    write_voice(tmp_path / "voice.wav")
    flag = f"--use-file-for-fake-audio-capture={tmp_path / 'voice.wav'}"
    async with (
        Chromium(tmp_path, flags=[flag]) as chromium,
        Classroom(server, chromium.tab, artifacts) as classroom,
    ):
        tutor, ada, ben = await classroom.full("Ada", "Ben")
        await together(ada.turn("camera", on=True), ben.turn("camera", on=True))
        await together(tutor.sees(ada), tutor.sees(ben), ben.sees(ada))
        assert await tutor.tab.evaluate(_OUTLINED) == []

        for speaker, listener in ((ada, ben), (ben, ada)):
            await speaker.turn("mic", on=True)
            await together(
                _has_on_stage(tutor, speaker),
                _outlines(tutor, speaker.id),
                _outlines(listener, speaker.id),
                _outlines(speaker, "oneself"),
            )
            await speaker.turn("mic", on=False)
            await together(*(_outlines(person) for person in (tutor, ada, ben)))

        # The tutor's picture is what the class looks at, whoever speaks.
        await tutor.turn("camera", on=True)
        await _has_on_stage(ada, tutor)
        await ben.turn("mic", on=True)
        await _outlines(ada, ben.id)
        assert await ada.tab.evaluate(_ON_STAGE, tutor.id)
