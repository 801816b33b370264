/**
 * The tracks this page captures: mic, camera, screen. Switching a source off stops its track, so that the browser's
 * own indicator goes off as well.
 */
import type { Source } from '../protocol/protocol.gen'
import { expectTalk } from './audio-session'
import { cameraConstraints, micConstraints, screenConstraints, type CapturePreferences } from './constraints'
import { isGone } from './present-devices'
import { CaptureError, problemOf } from './problems'

export type { CapturePreferences } from './constraints'

/** The part of `navigator.mediaDevices` that is used. */
export type CaptureDevices = Pick<MediaDevices, 'getUserMedia'> &
  Partial<Pick<MediaDevices, 'getDisplayMedia' | 'enumerateDevices'>>

/**
 * `ended`: the device was pulled out, or sharing was stopped in the browser's own bar. `silent`: another program or the
 * system took the device away, and has not given it back.
 */
export type Loss = 'ended' | 'silent'

/** A device that gives nothing for so many ms counts as off. */
export const SILENT_AFTER_MS = 5_000

export interface CaptureListener {
  /** A source went on, off, or to another track. */
  onChange(source: Source): void
  /** A source went off by itself, or was switched off since it gave nothing any more. */
  onLost(source: Source, why: Loss): void
  /** Its device was pulled out, and another one took its place. */
  onReplaced?(source: Device, label: string): void
}

type Device = Exclude<Source, 'screen'>

/** Two devices lost within so many ms: another one would hardly do better. */
const REPLACE_ONCE_IN_MS = 5_000

interface Line {
  track: MediaStreamTrack | null
  /** Grows with every start and stop, so that a start that was overtaken knows it. */
  turn: number
  /** Runs while the device gives nothing. */
  silence?: ReturnType<typeof setTimeout>
  replacedAt?: number
}

export class Capture {
  private readonly lines: Record<Source, Line> = {
    mic: { track: null, turn: 0 },
    camera: { track: null, turn: 0 },
    screen: { track: null, turn: 0 },
  }
  private readonly listeners = new Set<CaptureListener>()

  constructor(
    /** Undefined on pages that are not secure. */
    private readonly devices: CaptureDevices | undefined,
    readonly preferences: CapturePreferences,
  ) {}

  /** Answers the function that ends it. */
  listen(listener: CaptureListener): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  get canShareScreen(): boolean {
    return typeof this.devices?.getDisplayMedia === 'function'
  }

  track(source: Source): MediaStreamTrack | null {
    return this.lines[source].track
  }

  isOn(source: Source): boolean {
    return this.lines[source].track !== null
  }

  /** Switches a source on. Throws CaptureError; ends quietly when it was switched off meanwhile. */
  async start(source: Source): Promise<void> {
    const line = this.lines[source]
    if (line.track) return
    const turn = ++line.turn
    const track = await this.open(source)
    if (line.turn !== turn) {
      track.stop()
      return
    }
    line.track = track
    this.watch(source, track)
    this.changed(source)
  }

  stop(source: Source): void {
    const line = this.lines[source]
    line.turn++
    const { track } = line
    if (!track) return
    clearTimeout(line.silence)
    track.onended = track.onmute = track.onunmute = null
    track.stop()
    line.track = null
    this.changed(source)
  }

  stopAll(): void {
    for (const source of Object.keys(this.lines) as Source[]) this.stop(source)
  }

  /** Takes another device from now on. Some browsers need the old one stopped before the new one is opened. */
  async useDevice(source: 'mic' | 'camera', deviceId: string): Promise<void> {
    this.preferences[source === 'mic' ? 'micId' : 'cameraId'] = deviceId || null
    if (!this.isOn(source)) return
    this.stop(source)
    await this.start(source)
  }

  /** Opens what is on once more: it gives nothing, or is not the right device. False, and told, when it is lost. */
  async reopen(source: Device): Promise<boolean> {
    this.stop(source)
    try {
      // The wished for device is a wish only, so any other will do.
      await this.start(source)
    } catch (error) {
      const isTaken = error instanceof CaptureError && error.problem === 'busy'
      this.lost(source, isTaken ? 'silent' : 'ended')
    }
    return this.isOn(source)
  }

  /** The device of a source is gone: takes the default one, or gives the source up when there is none. */
  async replace(source: Device): Promise<void> {
    const line = this.lines[source]
    const now = performance.now()
    const isHopeless = now - (line.replacedAt ?? -Infinity) < REPLACE_ONCE_IN_MS
    line.replacedAt = now
    if (isHopeless) this.lost(source, 'ended')
    else if (await this.reopen(source)) {
      const label = line.track?.label ?? ''
      for (const listener of this.listeners) listener.onReplaced?.(source, label)
    }
  }

  private lost(source: Source, why: Loss): void {
    this.stop(source)
    for (const listener of this.listeners) listener.onLost(source, why)
  }

  private watch(source: Source, track: MediaStreamTrack): void {
    const line = this.lines[source]
    const lose = (why: Loss) => {
      this.lost(source, why)
    }
    track.onended = () => {
      if (source === 'screen') lose('ended')
      else void this.ended(source, track)
    }
    // A screen gives nothing while its window is minimized, and goes on by itself.
    if (source === 'screen') return
    track.onmute = () => {
      clearTimeout(line.silence)
      line.silence = setTimeout(() => {
        lose('silent')
      }, SILENT_AFTER_MS)
    }
    track.onunmute = () => {
      clearTimeout(line.silence)
    }
  }

  /** Whoever ended a device that is still there (the browser's own switch) wants it off: only one that is gone is
   * replaced. */
  private async ended(source: Device, track: MediaStreamTrack): Promise<void> {
    const kind = source === 'mic' ? 'audioinput' : 'videoinput'
    const infos = await this.devices?.enumerateDevices?.().catch(() => [])
    if (this.lines[source].track !== track) return
    if (infos && isGone(track, kind, infos)) await this.replace(source)
    else this.lost(source, 'ended')
  }

  private async open(source: Source): Promise<MediaStreamTrack> {
    if (!this.devices) throw new CaptureError(source, 'insecure')
    try {
      const stream =
        source === 'screen'
          ? await this.openScreen(this.devices)
          : await this.openDevice(source, this.devices)
      const [track] = stream.getTracks()
      if (!track) throw new CaptureError(source, 'missing')
      track.contentHint = { mic: 'speech', camera: 'motion', screen: 'detail' }[source]
      return track
    } catch (error) {
      throw error instanceof CaptureError ? error : new CaptureError(source, problemOf(error, source), error)
    }
  }

  private async openScreen(devices: CaptureDevices): Promise<MediaStream> {
    if (!devices.getDisplayMedia) throw new CaptureError('screen', 'failed')
    return devices.getDisplayMedia(screenConstraints)
  }

  /** Falls back to any device of the kind when the wanted one cannot be opened. */
  private async openDevice(source: 'mic' | 'camera', devices: CaptureDevices): Promise<MediaStream> {
    const kind = source === 'mic' ? 'audio' : 'video'
    if (source === 'mic') expectTalk()
    const wanted = source === 'mic' ? micConstraints(this.preferences) : cameraConstraints(this.preferences)
    try {
      return await devices.getUserMedia({ [kind]: wanted })
    } catch (error) {
      const problem = problemOf(error, source)
      if (problem !== 'busy' && problem !== 'missing') throw error
      return await devices.getUserMedia({ [kind]: true })
    }
  }

  private changed(source: Source): void {
    for (const listener of this.listeners) listener.onChange(source)
  }
}
