"""A screen to share in a browser: pages of text with a cursor that moves now and then."""

from __future__ import annotations

from tests.support.tab import Tab

_SLIDES = """(width, height) => {
    const canvas = Object.assign(document.createElement('canvas'), { width, height })
    const page = canvas.getContext('2d')
    const words = 'the sum of two numbers is a number and half of a half is a quarter'.split(' ')
    let slide = 0
    let moved = 0
    const draw = () => {
        page.fillStyle = ['#fff', '#eef', '#fee', '#efe'][slide % 4]
        page.fillRect(0, 0, width, height)
        page.fillStyle = '#123'
        page.font = 'bold 44px serif'
        page.fillText(`Lesson ${slide + 1}`, 60, 80)
        page.font = '26px sans-serif'
        for (let line = 0; line < 14; line++) {
            const from = (slide * 7 + line * 3) % words.length
            const text = [...words.slice(from), ...words.slice(0, from)].slice(0, 12).join(' ')
            page.fillText(text, 60, 140 + line * 40)
        }
        page.fillStyle = '#c33'
        page.fillRect(200 + (moved++ % 40) * 10, 690, 8, 14)
    }
    draw()
    setInterval(draw, 500)
    window.__nextSlide = () => { slide += 1; draw() }
    navigator.mediaDevices.getDisplayMedia = async () => canvas.captureStream(10)
}"""


async def prepare_slides(tab: Tab, *, width: int = 1280, height: int = 720) -> None:
    """From now on the page shares slides when it shares its screen."""
    await tab.evaluate(_SLIDES, width, height)


async def next_slide(tab: Tab) -> None:
    await tab.evaluate("() => window.__nextSlide()")
