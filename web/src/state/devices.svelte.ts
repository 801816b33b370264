/** What is captured before joining, for the page: a thin layer over Capture and the list of devices. */
import { canChooseSpeaker, type AudioPool } from '../media/audio-pool'
import type { Capture } from '../media/capture'
import { loadChoice, saveChoice, watchDevices, type Devices } from '../media/devices'
import { adviceFor, CaptureError, type CaptureProblem } from '../media/problems'
import { playTestSound } from '../media/speaker-test'
import { deviceStorage } from './storage'

export type Switchable = 'mic' | 'camera'

/** A device that could not be switched on. */
export interface DeviceTrouble {
  source: Switchable
  problem: CaptureProblem
}

export class DeviceState {
  tracks = $state.raw<Record<Switchable, MediaStreamTrack | null>>({ mic: null, camera: null })
  switching = $state<Record<Switchable, boolean>>({ mic: false, camera: false })
  devices = $state.raw<Devices>({ mics: [], cameras: [], speakers: [] })
  choice = $state.raw(loadChoice(deviceStorage))
  /** What is wrong and what to do; empty when all is well. */
  advice = $state('')
  /** More can be said about it, and it may be tried again. */
  trouble = $state.raw<DeviceTrouble | null>(null)
  /** The test sound plays, has played, or could not. */
  speakerTest = $state<'none' | 'playing' | 'played' | 'failed'>('none')
  readonly canChooseSpeaker = canChooseSpeaker()

  constructor(
    private readonly capture: Capture,
    private readonly pool: AudioPool,
  ) {
    if (this.choice.speaker) void pool.useSpeaker(this.choice.speaker)
  }

  /** Follows the devices until the answered function is called. */
  watch(): () => void {
    const media = navigator.mediaDevices as MediaDevices | undefined
    const list = (devices: Devices) => {
      this.devices = devices
    }
    let unwatch = watchDevices(media, list)
    this.update()
    const unlisten = this.capture.listen({
      onChange: () => {
        this.update()
        // Names are told only after a permission was given.
        unwatch()
        unwatch = watchDevices(media, list)
      },
      onLost: (source) => {
        this.advice = source === 'mic' ? 'Your microphone was disconnected.' : 'Your camera was disconnected.'
      },
    })
    return () => {
      unwatch()
      unlisten()
    }
  }

  async toggle(source: Switchable): Promise<void> {
    if (this.capture.isOn(source)) {
      this.capture.stop(source)
      return
    }
    this.switching[source] = true
    await this.attempt(source, () => this.capture.start(source))
    this.switching[source] = false
  }

  /** Switches on what could not be switched on before. */
  async retry(): Promise<void> {
    const source = this.trouble?.source
    if (source && !this.capture.isOn(source)) await this.toggle(source)
  }

  async choose(kind: Switchable | 'speaker', id: string): Promise<void> {
    this.choice = { ...this.choice, [kind]: id || null }
    saveChoice(deviceStorage, this.choice)
    if (kind === 'speaker') {
      this.speakerTest = 'none'
      await this.pool.useSpeaker(id)
    } else await this.attempt(kind, () => this.capture.useDevice(kind, id))
  }

  /** Call it inside a click. */
  async testSpeaker(): Promise<void> {
    if (this.speakerTest === 'playing') return
    this.speakerTest = 'playing'
    try {
      await playTestSound(this.choice.speaker)
      this.speakerTest = 'played'
    } catch {
      this.speakerTest = 'failed'
    }
  }

  private async attempt(source: Switchable, action: () => Promise<void>): Promise<void> {
    this.advice = ''
    this.trouble = null
    try {
      await action()
    } catch (error) {
      const problem = error instanceof CaptureError ? error.problem : 'failed'
      this.advice = adviceFor(new CaptureError(source, problem))
      this.trouble = { source, problem }
    }
  }

  private update(): void {
    this.tracks = { mic: this.capture.track('mic'), camera: this.capture.track('camera') }
  }
}
