import type { CaptureDevices } from '../media/capture'
import type { DeviceInfo } from '../media/present-devices'

/** A track that ends when told to. */
class FakeTrack {
  contentHint = ''
  readyState = 'live'
  muted = false
  onended: (() => void) | null = null
  onmute: (() => void) | null = null
  onunmute: (() => void) | null = null
  constructor(
    readonly kind: string,
    readonly label: string,
    private readonly deviceId: string,
    private readonly groupId: string,
  ) {}
  stop() {
    this.readyState = 'ended'
  }
  getSettings() {
    return { deviceId: this.deviceId, groupId: this.groupId }
  }
}

/** What a list of devices says of one. */
export const deviceInfo = (kind: DeviceInfo['kind'], deviceId: string): DeviceInfo => ({
  kind,
  deviceId,
  groupId: `group of ${deviceId}`,
  label: `The ${deviceId}`,
})

/** Mics and cameras that can be made to fail, pulled out and put in; the first of a kind is the default one. */
export class FakeDevices extends EventTarget implements CaptureDevices {
  present: DeviceInfo[] = [
    deviceInfo('audioinput', 'headset'),
    deviceInfo('audioinput', 'built-in mic'),
    deviceInfo('videoinput', 'webcam'),
  ]
  readonly tracks: FakeTrack[] = []
  readonly asked: MediaStreamConstraints[] = []
  failures: Error[] = []

  getUserMedia(constraints?: MediaStreamConstraints): Promise<MediaStream> {
    this.asked.push(constraints ?? {})
    const failure = this.failures.shift()
    if (failure) return Promise.reject(failure)
    const kind = constraints?.audio ? 'audio' : 'video'
    const asked = constraints?.[kind]
    const wanted =
      typeof asked === 'object' ? (asked.deviceId as ConstrainDOMStringParameters)?.ideal : undefined
    const all = this.present.filter((info) => info.kind === `${kind}input`)
    const device = all.find((info) => info.deviceId === wanted) ?? all[0]
    if (!device) return Promise.reject(Object.assign(new Error(), { name: 'NotFoundError' }))
    const track = new FakeTrack(kind, device.label, device.deviceId, device.groupId)
    this.tracks.push(track)
    return Promise.resolve({ getTracks: () => [track] } as unknown as MediaStream)
  }

  enumerateDevices(): Promise<MediaDeviceInfo[]> {
    return Promise.resolve(this.present as MediaDeviceInfo[])
  }

  /** Pulled out; browsers differ in whether its tracks end. */
  lose(deviceId: string): void {
    this.present = this.present.filter((info) => info.deviceId !== deviceId)
    this.dispatchEvent(new Event('devicechange'))
  }
}
