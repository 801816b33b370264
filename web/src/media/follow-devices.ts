/**
 * Follows the devices during a class: one that was pulled out is replaced, a mic that nobody chose follows the default
 * one of the system, and the sound goes on where there is a speaker.
 */
import type { AudioPool } from './audio-pool'
import type { Capture } from './capture'
import { defaultOf, isGone, tellsDefault, type DeviceInfo } from './present-devices'

/** One headset is told as several changes. */
export const SETTLE_MS = 500
/** Firefox tells nobody that the default device is another one. */
export const LOOK_EVERY_MS = 5_000

export interface FollowPorts {
  media: Pick<MediaDevices, 'enumerateDevices' | 'addEventListener' | 'removeEventListener'> | undefined
  capture: Pick<Capture, 'track' | 'replace' | 'reopen' | 'preferences'>
  pool: Pick<AudioPool, 'useDevices'>
  page: Pick<Document, 'visibilityState'>
  /** The default device of iPhones and iPads changes without need. */
  hasSteadyDefault: boolean
  /** Another device is used from now on. */
  onDefault(label: string): void
}

/** Answers the function that ends it. */
export function followDevices({
  media,
  capture,
  pool,
  page,
  hasSteadyDefault,
  onDefault,
}: FollowPorts): () => void {
  if (!media) return () => undefined
  let known: string | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let isOver = false

  async function look() {
    const infos = await media?.enumerateDevices().catch(() => null)
    if (isOver || !infos) return
    pool.useDevices(infos)
    for (const [source, kind] of [
      ['mic', 'audioinput'],
      ['camera', 'videoinput'],
    ] as const) {
      const track = capture.track(source)
      if (track && isGone(track, kind, infos)) await capture.replace(source)
    }
    await followDefault(infos)
    if (!isOver && !tellsDefault(infos)) later(LOOK_EVERY_MS)
  }

  async function followDefault(infos: readonly DeviceInfo[]) {
    const now = defaultOf('audioinput', infos)
    const isOther = known !== null && now !== '' && known !== '' && now !== known
    known = now
    const track = capture.track('mic')
    const { micId } = capture.preferences
    if (!isOther || !hasSteadyDefault || !track || (micId && micId !== 'default')) return
    const [id = '', group = '', label = ''] = now.split('\n')
    const used = track.getSettings()
    // It was opened meanwhile, or the browser went along by itself.
    if (group ? used.groupId === group : used.deviceId === id) return
    if (await capture.reopen('mic')) onDefault(label.replace(/^Default - /, ''))
  }

  function later(delay: number) {
    clearTimeout(timer)
    timer = setTimeout(() => {
      if (page.visibilityState === 'visible') void look()
      else later(LOOK_EVERY_MS)
    }, delay)
  }

  const onChange = () => {
    clearTimeout(timer)
    timer = setTimeout(() => void look(), SETTLE_MS)
  }
  void look()
  media.addEventListener('devicechange', onChange)
  return () => {
    isOver = true
    clearTimeout(timer)
    media.removeEventListener('devicechange', onChange)
  }
}
