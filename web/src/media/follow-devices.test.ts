import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { deviceInfo, FakeDevices } from '../testing/devices'
import { FakePage } from '../testing/page'
import { Capture } from './capture'
import { followDevices, LOOK_EVERY_MS, SETTLE_MS } from './follow-devices'
import type { DeviceInfo } from './present-devices'

describe('followDevices', () => {
  let devices: FakeDevices
  let capture: Capture
  let page: FakePage
  let defaults: string[]
  let speakers: (readonly DeviceInfo[])[]
  let end: () => void

  const follow = (hasSteadyDefault = true) => {
    end = followDevices({
      media: devices as unknown as MediaDevices,
      capture,
      pool: { useDevices: (infos) => speakers.push(infos) },
      page,
      hasSteadyDefault,
      onDefault: (label) => defaults.push(label),
    })
  }
  const inUse = (source: 'mic' | 'camera') => capture.track(source)?.label

  beforeEach(() => {
    vi.useFakeTimers()
    devices = new FakeDevices()
    capture = new Capture(devices, { micId: null, cameraId: null, isPhone: false })
    page = new FakePage()
    defaults = []
    speakers = []
  })
  afterEach(() => {
    end()
    vi.useRealTimers()
  })

  it('replaces a device that is gone, though its track never ended', async () => {
    capture.preferences.micId = 'built-in mic'
    await capture.start('mic')
    follow()
    await vi.advanceTimersByTimeAsync(0)
    expect(inUse('mic')).toBe('The built-in mic')
    devices.lose('built-in mic')
    await vi.advanceTimersByTimeAsync(SETTLE_MS)
    expect(inUse('mic')).toBe('The headset')
    expect(devices.tracks[0]?.readyState).toBe('ended')
    devices.lose('webcam')
    await vi.advanceTimersByTimeAsync(SETTLE_MS)
    expect(speakers.length, 'the sound is told of every change').toBeGreaterThan(2)
  })

  it('goes along with the default mic, which some browsers only tell who asks', async () => {
    await capture.start('mic')
    follow()
    await vi.advanceTimersByTimeAsync(0)
    devices.present = [deviceInfo('audioinput', 'desk mic'), ...devices.present]
    page.visibilityState = 'hidden'
    await vi.advanceTimersByTimeAsync(LOOK_EVERY_MS)
    expect(inUse('mic'), 'nobody is asked for while nobody looks').toBe('The headset')
    page.visibilityState = 'visible'
    await vi.advanceTimersByTimeAsync(LOOK_EVERY_MS)
    expect(inUse('mic')).toBe('The desk mic')
    expect(defaults).toEqual(['The desk mic'])
  })

  it('keeps a mic that was chosen, and one of a phone whose default comes and goes', async () => {
    capture.preferences.micId = 'headset'
    await capture.start('mic')
    follow()
    await vi.advanceTimersByTimeAsync(0)
    devices.present = [deviceInfo('audioinput', 'desk mic'), ...devices.present]
    await vi.advanceTimersByTimeAsync(LOOK_EVERY_MS)
    expect(inUse('mic')).toBe('The headset')
    end()
    capture.preferences.micId = null
    follow(false)
    devices.present = [...devices.present].reverse()
    await vi.advanceTimersByTimeAsync(LOOK_EVERY_MS)
    expect(inUse('mic')).toBe('The headset')
    expect(defaults).toEqual([])
  })

  it('knows another default by its name where its id stays the same', async () => {
    const named = (label: string) => ({ ...deviceInfo('audioinput', 'default'), groupId: label, label })
    devices.present = [named('Default - Headset')]
    await capture.start('mic')
    follow()
    await vi.advanceTimersByTimeAsync(0)
    devices.present = [named('Default - Speakerphone')]
    devices.dispatchEvent(new Event('devicechange'))
    await vi.advanceTimersByTimeAsync(SETTLE_MS)
    expect(devices.tracks).toHaveLength(2)
  })

  it('goes along however often the default changes, as long as the old device is there', async () => {
    const mics = ['headset', 'desk mic', 'dock'].map((id) => deviceInfo('audioinput', id))
    const withDefault = (id: string) => {
      const { groupId, label } = deviceInfo('audioinput', id)
      const named = { groupId, label: `Default - ${label}`, deviceId: 'default', kind: 'audioinput' as const }
      return [named, ...mics]
    }
    devices.present = withDefault('headset')
    capture.preferences.micId = 'default'
    await capture.start('mic')
    follow()
    await vi.advanceTimersByTimeAsync(0)
    for (const id of ['desk mic', 'dock']) {
      devices.present = withDefault(id)
      devices.dispatchEvent(new Event('devicechange'))
      await vi.advanceTimersByTimeAsync(SETTLE_MS)
    }
    expect(inUse('mic')).toBe('Default - The dock')
    expect(defaults).toEqual(['The desk mic', 'The dock'])
  })
})
