import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { offeredEncodings } from './encodings'
import { LOOK_AGAIN_AFTER_MS, SenderTuner, type TunedSender } from './sender-tuner'

/** A sender that takes parameters as a browser does: one set at a time, and only those it gave out last. */
class FakeSender implements TunedSender {
  track: MediaStreamTrack | null = null
  refusals = 0
  changes = 0
  private release: (() => void) | null = null
  isSlow = false
  private parameters = { encodings: offeredEncodings('camera', true), transactionId: '0' }

  getParameters(): RTCRtpSendParameters {
    return structuredClone(this.parameters) as unknown as RTCRtpSendParameters
  }
  async setParameters(parameters: RTCRtpSendParameters): Promise<void> {
    if (this.refusals-- > 0) throw new DOMException('negotiating', 'InvalidStateError')
    if (this.release) throw new DOMException('busy', 'InvalidModificationError')
    if (parameters.transactionId !== this.parameters.transactionId)
      throw new DOMException('stale', 'InvalidModificationError')
    if (this.isSlow)
      await new Promise<void>((done) => {
        this.release = done
      })
    this.release = null
    this.changes += 1
    this.parameters = { encodings: parameters.encodings, transactionId: String(this.changes) }
  }
  finish(): void {
    this.release?.()
  }
  become(width: number, height: number): void {
    this.track = { getSettings: () => ({ width, height }) } as unknown as MediaStreamTrack
  }
  get active(): string[] {
    return this.parameters.encodings.filter(({ active }) => active !== false).map(({ rid }) => rid ?? '')
  }
}

describe('SenderTuner', () => {
  let sender: FakeSender
  let tuner: SenderTuner
  const settle = () => vi.advanceTimersByTimeAsync(0)

  beforeEach(() => {
    vi.useFakeTimers()
    sender = new FakeSender()
    sender.become(1280, 720)
    tuner = new SenderTuner('camera', sender)
  })
  afterEach(() => {
    tuner.close()
    vi.useRealTimers()
  })

  it('looks at the size of a new picture once more, since some phones tell it wrong at first', async () => {
    tuner.ready()
    sender.become(320, 180)
    tuner.retrack()
    await settle()
    expect(sender.active).toEqual(['q'])
    sender.become(1280, 720)
    await vi.advanceTimersByTimeAsync(LOOK_AGAIN_AFTER_MS)
    expect(sender.active).toEqual(['q', 'h', 'f'])
  })

  it('changes nothing before the offer was answered', async () => {
    tuner.want(['q'])
    await settle()
    expect(sender.changes).toBe(0)
    tuner.ready()
    await settle()
    expect(sender.active).toEqual(['q'])
  })

  it('does not touch what is already so', async () => {
    tuner.ready()
    await settle()
    tuner.want(['q', 'h', 'f'])
    tuner.tune()
    await settle()
    expect(sender.changes).toBe(1)
  })

  it('makes one change at a time, and the last wish wins', async () => {
    tuner.ready()
    await settle()
    sender.isSlow = true
    tuner.want([])
    await settle()
    tuner.want(['q'])
    tuner.want(['f'])
    await settle()
    sender.isSlow = false
    sender.finish()
    await settle()
    expect(sender.active).toEqual(['f'])
    expect(sender.changes).toBe(3)
  })

  it('tries again what the browser refused, but not for ever', async () => {
    sender.refusals = 2
    tuner.want(['q'])
    tuner.ready()
    await settle()
    expect(sender.changes).toBe(0)
    await vi.advanceTimersByTimeAsync(400)
    expect(sender.active).toEqual(['q'])
    sender.refusals = 100
    tuner.want(['h'])
    await vi.advanceTimersByTimeAsync(60_000)
    expect(sender.refusals).toBe(95)
    expect(sender.active).toEqual(['q'])
  })

  it('sends fewer layers of a smaller picture', async () => {
    tuner.ready()
    sender.become(640, 360)
    tuner.tune()
    await settle()
    expect(sender.active).toEqual(['q', 'h'])
  })

  it('is quiet once closed', async () => {
    sender.refusals = 1
    tuner.ready()
    await settle()
    tuner.close()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(sender.changes).toBe(0)
  })
})
