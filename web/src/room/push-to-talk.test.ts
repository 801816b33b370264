import { beforeEach, describe, expect, it } from 'vitest'
import { PushToTalk } from './push-to-talk'

/** A mic that goes on when it is told to, as devices do. */
class SlowMic {
  on = false
  may = true
  isBroken = false
  private readonly starts: (() => void)[] = []

  isOn = () => this.on
  mayUse = () => this.may

  async toggle(): Promise<void> {
    if (this.on) {
      this.on = false
      return
    }
    await new Promise<void>((done) => this.starts.push(done))
    this.on = !this.isBroken
  }

  async start(): Promise<void> {
    this.starts.shift()?.()
    for (let turn = 0; turn < 5; turn++) await Promise.resolve()
  }
}

let mic: SlowMic
let key: PushToTalk

beforeEach(() => {
  mic = new SlowMic()
  key = new PushToTalk(mic)
})

describe('a mic that is held on by a key', () => {
  it('is on as long as the key is down', async () => {
    expect(key.press()).toBe(true)
    await mic.start()
    expect(mic.on).toBe(true)
    key.release()
    expect(mic.on).toBe(false)
  })

  it('goes off again when the key was up before it was on', async () => {
    key.press()
    key.release()
    await mic.start()
    expect(mic.on).toBe(false)
  })

  it('stays on for who let go and pressed again meanwhile', async () => {
    key.press()
    key.release()
    key.press()
    await mic.start()
    expect(mic.on).toBe(true)
    key.release()
    expect(mic.on).toBe(false)
  })

  it('leaves a mic alone that is on already, or may not be', () => {
    mic.on = true
    expect(key.press()).toBe(false)
    key.release()
    expect(mic.on).toBe(true)
    mic.on = mic.may = false
    expect(key.press()).toBe(false)
  })

  it('gives up on a mic that cannot be switched on, and tries anew at the next press', async () => {
    mic.isBroken = true
    key.press()
    await mic.start()
    key.release()
    mic.isBroken = false
    key.press()
    await mic.start()
    expect(mic.on).toBe(true)
  })
})
