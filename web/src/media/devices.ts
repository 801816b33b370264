/** The mics, cameras and speakers of this machine, and which of them its owner chose last. */

export interface Device {
  id: string
  label: string
}

export interface Devices {
  mics: Device[]
  cameras: Device[]
  speakers: Device[]
}

const LISTS = { audioinput: 'mics', videoinput: 'cameras', audiooutput: 'speakers' } as const

/** What one is called that has no name of its own. */
function nameFor(kind: MediaDeviceKind, number: number): string {
  switch (kind) {
    case 'audioinput':
      return `Microphone ${String(number)}`
    case 'videoinput':
      return `Camera ${String(number)}`
    case 'audiooutput':
      return `Speaker ${String(number)}`
  }
}

/** Sorts what enumerateDevices answers. Before a permission was given, labels and ids are empty: such are left out. */
export function sortDevices(infos: readonly Pick<MediaDeviceInfo, 'kind' | 'deviceId' | 'label'>[]): Devices {
  const devices: Devices = { mics: [], cameras: [], speakers: [] }
  for (const info of infos) {
    const list = devices[LISTS[info.kind]]
    if (!info.deviceId) continue
    list.push({ id: info.deviceId, label: info.label || nameFor(info.kind, list.length + 1) })
  }
  return devices
}

/** Calls back now and whenever a device comes or goes; answers the function that ends it. */
export function watchDevices(
  media: MediaDevices | undefined,
  onDevices: (devices: Devices) => void,
): () => void {
  if (!media) return () => undefined
  const list = () => {
    media.enumerateDevices().then(
      (infos) => {
        onDevices(sortDevices(infos))
      },
      () => undefined, // Without a list the default devices are used.
    )
  }
  list()
  media.addEventListener('devicechange', list)
  return () => {
    media.removeEventListener('devicechange', list)
  }
}

const CHOICE_KEY = 'podium.devices'

export interface DeviceChoice {
  mic: string | null
  camera: string | null
  speaker: string | null
}

export function loadChoice(storage: Storage): DeviceChoice {
  try {
    const kept = JSON.parse(storage.getItem(CHOICE_KEY) ?? '{}') as Record<string, unknown>
    const id = (value: unknown) => (typeof value === 'string' && value ? value : null)
    return { mic: id(kept['mic']), camera: id(kept['camera']), speaker: id(kept['speaker']) }
  } catch {
    return { mic: null, camera: null, speaker: null }
  }
}

export function saveChoice(storage: Storage, choice: DeviceChoice): void {
  storage.setItem(CHOICE_KEY, JSON.stringify(choice))
}
