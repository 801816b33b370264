import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { FakePage } from '../testing/page'
import { GAP_MS, TICK_MS, watchWake } from './wake'

describe('watchWake', () => {
  let page: FakePage
  let view: EventTarget
  let log: string[]
  let slept: number
  let end: () => void

  beforeEach(() => {
    vi.useFakeTimers()
    page = new FakePage()
    view = new EventTarget()
    log = []
    slept = 0
    end = watchWake(
      { onWake: () => log.push('wake'), onFreeze: () => log.push('freeze') },
      page,
      view,
      () => Date.now() + slept,
    )
  })
  afterEach(() => {
    end()
    vi.useRealTimers()
  })

  const transition = (name: string, persisted: boolean) =>
    view.dispatchEvent(Object.assign(new Event(name), { persisted }))

  it('tells once of one return, however many signs it has', async () => {
    await vi.advanceTimersByTimeAsync(60_000)
    expect(log).toEqual([])
    page.become('hidden')
    await vi.advanceTimersByTimeAsync(5_000)
    page.become('visible')
    page.dispatchEvent(new Event('resume'))
    transition('pageshow', true)
    expect(log).toEqual(['wake'])
  })

  it('notices that the device slept', async () => {
    slept = GAP_MS + TICK_MS
    await vi.advanceTimersByTimeAsync(TICK_MS)
    expect(log).toEqual(['wake'])
    slept -= 3_600_000 // The clock was put right: a needless look does no harm.
    await vi.advanceTimersByTimeAsync(TICK_MS)
    expect(log).toEqual(['wake', 'wake'])
    await vi.advanceTimersByTimeAsync(60_000)
    expect(log).toHaveLength(2)
  })

  it('tells that the page is about to be stopped, and that it was not, or is back', async () => {
    page.dispatchEvent(new Event('freeze'))
    page.dispatchEvent(new Event('resume'))
    expect(log).toEqual(['freeze', 'wake'])
    transition('pagehide', false)
    expect(log, 'a page that goes for good has nobody to wake').toHaveLength(2)
    transition('pagehide', true)
    await vi.advanceTimersByTimeAsync(TICK_MS)
    expect(log.slice(2)).toEqual(['freeze', 'wake'])
  })

  it('does nothing more once ended', async () => {
    end()
    page.become('visible')
    page.dispatchEvent(new Event('freeze'))
    await vi.advanceTimersByTimeAsync(60_000)
    expect(log).toEqual([])
  })
})
