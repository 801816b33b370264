import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { FakeDevices } from '../testing/devices'
import { Capture, SILENT_AFTER_MS } from './capture'
import { Revival } from './revival'

describe('Revival', () => {
  let devices: FakeDevices
  let capture: Capture
  let back: string[]
  let revival: Revival

  beforeEach(() => {
    vi.useFakeTimers()
    devices = new FakeDevices()
    capture = new Capture(devices, { micId: null, cameraId: null, isPhone: false })
    back = []
    revival = new Revival(capture, (source) => back.push(source))
  })
  afterEach(() => {
    revival.close()
    vi.useRealTimers()
  })

  async function takeAway(): Promise<void> {
    await capture.start('mic')
    devices.tracks.at(-1)?.onmute?.()
    await vi.advanceTimersByTimeAsync(SILENT_AFTER_MS)
    expect(capture.isOn('mic')).toBe(false)
  }

  it('opens once more what gives nothing, and leaves alone what works', async () => {
    await capture.start('mic')
    await capture.start('camera')
    await revival.check(() => true)
    expect(devices.tracks).toHaveLength(2)
    const [mic, camera] = devices.tracks
    if (mic) mic.muted = true
    camera?.stop()
    await revival.check(() => true)
    expect(devices.tracks.slice(2).map((track) => track.kind)).toEqual(['audio', 'video'])
    expect([capture.isOn('mic'), capture.isOn('camera')]).toEqual([true, true])
    expect(back, 'it was never off').toEqual([])
  })

  it('brings back what a phone call took', async () => {
    await takeAway()
    await revival.check(() => true)
    expect(capture.isOn('mic')).toBe(true)
    expect(back).toEqual(['mic'])
    capture.stop('mic')
    await revival.check(() => true)
    expect(capture.isOn('mic'), 'off by choice').toBe(false)
  })

  it('tries again on the next return what was still taken on the first', async () => {
    await capture.start('mic')
    const [mic] = devices.tracks
    if (mic) mic.muted = true
    const busy = Object.assign(new Error(), { name: 'NotReadableError' })
    devices.failures = [busy, busy]
    await revival.check(() => true)
    expect(capture.isOn('mic'), 'the call goes on').toBe(false)
    await revival.check(() => true)
    expect(capture.isOn('mic')).toBe(true)
    expect(back).toEqual(['mic'])
  })

  it('brings back nothing that is locked, unwanted by now, or still taken', async () => {
    await takeAway()
    await revival.check(() => false)
    expect(capture.isOn('mic')).toBe(false)
    devices.failures = [Object.assign(new Error(), { name: 'NotReadableError' }), new Error('still')]
    await revival.check(() => true)
    expect(capture.isOn('mic')).toBe(false)
    revival.forget('mic')
    await revival.check(() => true)
    expect(capture.isOn('mic')).toBe(false)
    expect(back).toEqual([])
  })
})
