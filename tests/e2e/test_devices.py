"""Devices that are lost, pages that were away, a server that comes back, a reload: the class goes on by itself."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from tests.support.chromium import PHONE, Chromium, ChromiumTab
from tests.support.classroom import Classroom, Person, together
from tests.support.server import PodiumServer
from tests.support.tab import Tab, page_shows

PULL_OUT = """async (kept) => {
    // A browser cannot be told to lose a fake device: the page is told as a browser tells it.
    const media = navigator.mediaDevices
    const { capture } = window.__podium.session
    const track = capture.track('mic')
    const list = MediaDevices.prototype.enumerateDevices.bind(media)
    const open = MediaDevices.prototype.getUserMedia.bind(media)
    const left = async () => (await list()).filter(one => one.kind !== 'audioinput' || one.label === kept)
    media.enumerateDevices = left
    media.getUserMedia = async (wanted) => {
        if (!wanted.audio) return open(wanted)
        const one = (await left()).find(each => each.kind === 'audioinput')
        if (!one) throw new DOMException('none', 'NotFoundError')
        return open({ audio: { deviceId: { exact: one.deviceId } } })
    }
    track.stop()
    track.dispatchEvent(new Event('ended'))
    media.dispatchEvent(new Event('devicechange'))
}"""
"""The mic in use is gone, and with it all but the one of this name."""

TAKE = """() => {
    const track = window.__podium.session.capture.track('mic')
    Object.defineProperty(track, 'muted', { value: true })
    track.dispatchEvent(new Event('mute'))
}"""
"""Another program takes the mic."""

SHOW = """state => {
    Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => state })
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => state === 'hidden' })
    document.dispatchEvent(new Event('visibilitychange'))
}"""
COUNT_QUESTIONS = """() => {
    const media = navigator.mediaDevices
    const open = MediaDevices.prototype.getUserMedia.bind(media)
    window.questions = 0
    media.getUserMedia = wanted => { window.questions += 1; return open(wanted) }
}"""
"""From now on count how often the browser is asked for a device."""

MIC_IN_USE = "() => window.__podium.session.capture.track('mic')?.label ?? ''"
IS_RECONNECTING = """(participant, expected) => window.__podium.session.view.room.users
    .some(user => user.id === participant && user.isReconnecting === expected)"""


def _sits_at(tab: ChromiumTab) -> Callable[[], Awaitable[Tab]]:
    async def this_tab() -> Tab:
        return tab

    return this_tab


async def _mic_is(person: Person, label: str) -> None:
    await page_shows(person.tab, f"label => ({MIC_IN_USE})() === label", label)


async def test_a_mic_that_is_lost_is_replaced_and_one_that_was_taken_comes_back(
    server: PodiumServer, tmp_path: Path, artifacts: Path
) -> None:
    flags = ("--use-fake-device-for-media-stream=device-count=3",)
    async with (
        Chromium(tmp_path, flags=flags) as chromium,
        Classroom(server, chromium.tab, artifacts) as classroom,
    ):
        tutor, ada = await classroom.full("Ada")
        await ada.turn("mic", on=True)
        await tutor.hears_something()
        first = await ada.tab.evaluate(MIC_IN_USE)
        labels = await ada.tab.evaluate(
            """async () => (await navigator.mediaDevices.enumerateDevices())
                .filter(one => one.kind === 'audioinput' && one.deviceId !== 'default').map(one => one.label)"""
        )
        [other, *_] = [label for label in labels if label not in first]
        await ada.tab.evaluate(PULL_OUT, other)
        await _mic_is(ada, other)
        await ada.reads("toast", other)
        await together(ada.has("mic", on=True), tutor.lists(ada, audio="true"), tutor.hears_something())

        await ada.tab.evaluate(TAKE)
        await tutor.lists(ada, audio="false")
        await ada.has("mic", on=False)
        await ada.tab.evaluate(SHOW, "hidden")
        await ada.tab.evaluate(SHOW, "visible")
        await together(ada.has("mic", on=True), tutor.lists(ada, audio="true"), tutor.hears_something())

        await ada.tab.evaluate(PULL_OUT, "none")
        await together(ada.has("mic", on=False), tutor.lists(ada, audio="false"))
        await ada.turn("chat", on=True)
        assert await ada.offers() == 1, "other devices need no other connection"


async def test_a_page_that_was_hidden_or_frozen_goes_on_in_its_seat(
    classroom: Classroom, chromium: Chromium
) -> None:
    phone = await chromium.tab(size=PHONE, phone=True)
    tutor, ada = await classroom.tutor(), await classroom.student("Ada", _sits_at(phone))
    await together(tutor.join(), ada.join())
    await together(tutor.turn("mic", on=True), tutor.turn("camera", on=True), ada.turn("camera", on=True))
    await together(ada.sees(tutor), ada.hears_something(), tutor.sees(ada))

    await phone.evaluate(SHOW, "hidden")
    await together(tutor.lists(ada, video="false"), tutor.no_longer_sees(ada), ada.hears_something())
    await phone.evaluate(SHOW, "visible")
    await together(tutor.sees(ada), ada.sees(tutor))

    # A page of a headless browser cannot be frozen: it is told, and then its script is stopped.
    devtools = await phone.page.context.new_cdp_session(phone.page)
    await devtools.send("Debugger.enable")
    await phone.evaluate("() => document.dispatchEvent(new Event('freeze'))")
    await devtools.send("Debugger.pause")
    # Far sooner than by the pings that it does not answer any more: it says so itself.
    await page_shows(tutor.tab, IS_RECONNECTING, ada.id, True)
    await devtools.send("Debugger.resume")
    await page_shows(tutor.tab, IS_RECONNECTING, ada.id, False)
    await together(ada.sees(tutor), ada.hears_something(), tutor.sees(ada), tutor.counts(2))
    assert await phone.evaluate("() => window.__podium.session.view.selfId") == ada.id
    await ada.hides("unlock-audio")


async def test_after_a_restart_of_the_server_or_a_reload_nobody_is_asked(
    tmp_path: Path, chromium: Chromium, artifacts: Path
) -> None:
    async with (
        PodiumServer(tmp_path) as server,
        Classroom(server, chromium.tab, artifacts) as classroom,
    ):
        own = await chromium.tab()
        await own.page.context.grant_permissions(["microphone", "camera"])
        tutor, ada = await classroom.tutor(), await classroom.student("Ada", _sits_at(own))
        await together(tutor.join(), ada.join())
        await together(tutor.turn("camera", on=True), tutor.turn("mic", on=True), ada.turn("mic", on=True))
        await together(ada.sees(tutor), tutor.hears_something())
        seats = [tutor.id, ada.id]
        for person in (tutor, ada):
            await person.tab.evaluate(COUNT_QUESTIONS)
        assert await server.stop() == 0
        await together(tutor.shows("reconnect-banner"), ada.shows("reconnect-banner"))
        await server.start()
        await together(tutor.hides("reconnect-banner"), ada.hides("reconnect-banner"))
        await together(ada.sees(tutor), ada.hears_something(), tutor.hears_something())
        for person, seat in zip((tutor, ada), seats, strict=True):
            assert await person.tab.evaluate("() => window.__podium.session.view.selfId") == seat
            assert await person.tab.evaluate("() => window.questions") == 0

        await ada.tab.reload()
        await ada.is_in_the_room()
        assert ada.id == seats[1]
        await together(ada.has("mic", on=True), ada.sees(tutor), tutor.hears_something(), tutor.counts(2))
