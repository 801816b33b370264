/** What is captured before joining, for the page: a thin layer over Capture and the list of devices. */
import { canChooseSpeaker, type AudioPool } from '../media/audio-pool'
import type { Capture } from '../media/capture'
import { loadChoice, saveChoice, watchDevices, type Devices } from '../media/devices'
import { adviceFor, CaptureError } from '../media/problems'

type Switchable = 'mic' | 'camera'

export class DeviceState {
  tracks = $state.raw<Record<Switchable, MediaStreamTrack | null>>({ mic: null, camera: null })
  switching = $state<Record<Switchable, boolean>>({ mic: false, camera: false })
  devices = $state.raw<Devices>({ mics: [], cameras: [], speakers: [] })
  choice = $state.raw(loadChoice(localStorage))
  /** What is wrong and what to do; empty when all is well. */
  advice = $state('')
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
        this.advice = `Your ${source === 'mic' ? 'microphone' : source} was disconnected.`
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
    await this.attempt(() => this.capture.start(source))
    this.switching[source] = false
  }

  async choose(kind: 'mic' | 'camera' | 'speaker', id: string): Promise<void> {
    this.choice = { ...this.choice, [kind]: id || null }
    saveChoice(localStorage, this.choice)
    if (kind === 'speaker') await this.pool.useSpeaker(id)
    else await this.attempt(() => this.capture.useDevice(kind, id))
  }

  private async attempt(action: () => Promise<void>): Promise<void> {
    this.advice = ''
    try {
      await action()
    } catch (error) {
      this.advice = error instanceof CaptureError ? adviceFor(error) : 'That did not work.'
    }
  }

  private update(): void {
    this.tracks = { mic: this.capture.track('mic'), camera: this.capture.track('camera') }
  }
}
