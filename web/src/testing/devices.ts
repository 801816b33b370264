import type { CaptureDevices } from '../media/capture'

/** A track that ends when told to. */
class FakeTrack {
  contentHint = ''
  readyState = 'live'
  onended: (() => void) | null = null
  onmute: (() => void) | null = null
  onunmute: (() => void) | null = null
  constructor(readonly kind: string) {}
  stop() {
    this.readyState = 'ended'
  }
}

/** A mic and a camera that can be made to fail. */
export class FakeDevices implements CaptureDevices {
  readonly tracks: FakeTrack[] = []
  readonly asked: MediaStreamConstraints[] = []
  failures: Error[] = []

  getUserMedia(constraints?: MediaStreamConstraints): Promise<MediaStream> {
    this.asked.push(constraints ?? {})
    const failure = this.failures.shift()
    if (failure) return Promise.reject(failure)
    const track = new FakeTrack(constraints?.audio ? 'audio' : 'video')
    this.tracks.push(track)
    return Promise.resolve({ getTracks: () => [track] } as unknown as MediaStream)
  }
}
