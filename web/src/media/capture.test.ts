import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Source } from '../protocol/protocol.gen'
import { Capture, SILENT_AFTER_MS } from './capture'
import { deviceInfo, FakeDevices } from '../testing/devices'
import { adviceFor, CaptureError, problemOf } from './problems'

const named = (name: string) => Object.assign(new Error(name), { name })

describe('Capture', () => {
  let devices: FakeDevices
  let capture: Capture
  let log: string[]

  beforeEach(() => {
    vi.useFakeTimers()
    devices = new FakeDevices()
    capture = new Capture(devices, { micId: null, cameraId: null, isPhone: false })
    log = []
    const note = (what: string) => (source: Source) =>
      log.push(`${what} ${source} ${capture.isOn(source) ? 'on' : 'off'}`)
    capture.listen({ onChange: note('change'), onLost: note('lost') })
  })

  afterEach(() => {
    vi.useRealTimers()
  })

  it('takes a device that gives nothing for long as off, and forgives a short pause', async () => {
    await capture.start('mic')
    devices.tracks[0]?.onmute?.()
    vi.advanceTimersByTime(SILENT_AFTER_MS - 1)
    devices.tracks[0]?.onunmute?.()
    vi.advanceTimersByTime(SILENT_AFTER_MS)
    expect(log).toEqual(['change mic on'])
    devices.tracks[0]?.onmute?.()
    vi.advanceTimersByTime(SILENT_AFTER_MS)
    expect(log).toEqual(['change mic on', 'change mic off', 'lost mic off'])
    expect(devices.tracks[0]?.readyState).toBe('ended')
  })

  it('forgets the pause of a device that was switched off meanwhile', async () => {
    await capture.start('camera')
    devices.tracks[0]?.onmute?.()
    capture.stop('camera')
    await capture.start('camera')
    vi.advanceTimersByTime(SILENT_AFTER_MS)
    expect(capture.isOn('camera')).toBe(true)
  })

  it('switches on and off, and stops the track for real', async () => {
    await capture.start('mic')
    capture.stop('mic')
    expect(log).toEqual(['change mic on', 'change mic off'])
    expect(devices.tracks[0]?.readyState).toBe('ended')
  })

  it('does not come on after it was switched off while the browser asked', async () => {
    const start = capture.start('camera')
    capture.stop('camera')
    await start
    expect(capture.isOn('camera')).toBe(false)
    expect(devices.tracks[0]?.readyState).toBe('ended')
    expect(log).toEqual([])
  })

  it('keeps one track when switched on twice', async () => {
    await Promise.all([capture.start('mic'), capture.start('mic')])
    expect(devices.tracks.filter((track) => track.readyState === 'live')).toHaveLength(1)
    expect(log).toEqual(['change mic on'])
  })

  it('says when a device was pulled out', async () => {
    await capture.start('mic')
    devices.present = []
    devices.tracks[0]?.onended?.()
    await vi.advanceTimersByTimeAsync(0)
    expect(log).toEqual(['change mic on', 'change mic off', 'lost mic off'])
  })

  it('takes the default device when the one in use was pulled out, but not twice in a row', async () => {
    const replaced: string[] = []
    capture.listen({
      onChange: () => undefined,
      onLost: () => undefined,
      onReplaced: (source, label) => replaced.push(`${source}: ${label}`),
    })
    await capture.start('mic')
    devices.lose('headset')
    devices.tracks[0]?.onended?.()
    await vi.advanceTimersByTimeAsync(0)
    expect(capture.track('mic')?.label).toBe('The built-in mic')
    expect(replaced).toEqual(['mic: The built-in mic'])
    devices.present = [deviceInfo('audioinput', 'ghost')]
    devices.tracks[1]?.onended?.()
    await vi.advanceTimersByTimeAsync(0)
    expect(capture.isOn('mic')).toBe(false)
    expect(log.at(-1)).toBe('lost mic off')
  })

  it('does not take a clock that is set right for a second loss in a row', async () => {
    await capture.start('mic')
    devices.present = [deviceInfo('audioinput', 'built-in mic'), deviceInfo('audioinput', 'desk mic')]
    await capture.replace('mic')
    await vi.advanceTimersByTimeAsync(60_000)
    vi.setSystemTime(Date.now() - 3_600_000)
    devices.lose('built-in mic')
    devices.tracks[1]?.onended?.()
    await vi.advanceTimersByTimeAsync(0)
    expect(capture.track('mic')?.label).toBe('The desk mic')
  })

  it('takes a screen back that was ended in the bar of the browser, and opens no other', async () => {
    const screens = Object.assign(devices, {
      getDisplayMedia: () => devices.getUserMedia({ video: true }),
    })
    capture = new Capture(screens, capture.preferences)
    capture.listen({ onChange: () => undefined, onLost: (source, why) => log.push(`${source} ${why}`) })
    await capture.start('screen')
    devices.tracks[0]?.onended?.()
    await vi.advanceTimersByTimeAsync(0)
    expect(capture.isOn('screen')).toBe(false)
    expect(log).toEqual(['screen ended'])
    expect(devices.tracks).toHaveLength(1)
  })

  it('leaves off what was ended in the browser, though the device is there', async () => {
    await capture.start('camera')
    devices.tracks[0]?.onended?.()
    await vi.advanceTimersByTimeAsync(0)
    expect(log).toEqual(['change camera on', 'change camera off', 'lost camera off'])
    expect(devices.tracks).toHaveLength(1)
  })

  it('takes any device when the wanted one is gone, and asks for it as a wish only', async () => {
    capture.preferences.micId = 'gone'
    devices.failures = [named('OverconstrainedError')]
    await capture.start('mic')
    expect(capture.isOn('mic')).toBe(true)
    expect(devices.asked[0]?.audio).toMatchObject({ deviceId: { ideal: 'gone' } })
    expect(devices.asked[1]).toEqual({ audio: true })
  })

  it('stops the old device before it opens the new one', async () => {
    await capture.start('camera')
    await capture.useDevice('camera', 'other')
    expect(devices.tracks.map((track) => track.readyState)).toEqual(['ended', 'live'])
    await capture.useDevice('mic', 'headset')
    expect(capture.isOn('mic')).toBe(false)
  })

  it('tells why it cannot', async () => {
    devices.failures = [named('NotAllowedError')]
    await expect(capture.start('mic')).rejects.toMatchObject({ source: 'mic', problem: 'denied' })
    const insecure = new Capture(undefined, { micId: null, cameraId: null, isPhone: false })
    await expect(insecure.start('camera')).rejects.toMatchObject({ problem: 'insecure' })
    await expect(capture.start('screen')).rejects.toMatchObject({ source: 'screen', problem: 'failed' })
  })
})

describe('problems', () => {
  it('has advice for each, and none for a cancelled screen choice', () => {
    expect(problemOf(named('NotAllowedError'), 'screen')).toBe('cancelled')
    expect(problemOf('odd', 'mic')).toBe('failed')
    for (const problem of ['denied', 'missing', 'busy', 'insecure', 'failed'] as const) {
      expect(adviceFor(new CaptureError('camera', problem))).toContain('camera')
    }
    expect(adviceFor(new CaptureError('screen', 'cancelled'))).toBe('')
  })
})
