import { describe, expect, it } from 'vitest'
import { degradationOf, layersOf, offeredEncodings, tunedEncodings } from './encodings'

const hd = { width: 1280, height: 720 }

describe('what is offered', () => {
  it('is a camera in three layers, lowest first, each with temporal layers', () => {
    expect(offeredEncodings('camera', true)).toEqual([
      { rid: 'q', maxBitrate: 120_000, scaleResolutionDownBy: 4, scalabilityMode: 'L1T3' },
      { rid: 'h', maxBitrate: 400_000, scaleResolutionDownBy: 2, scalabilityMode: 'L1T3' },
      { rid: 'f', maxBitrate: 1_200_000, scaleResolutionDownBy: 1, scalabilityMode: 'L1T3' },
    ])
  })

  it('is a screen in one layer without a name', () => {
    expect(offeredEncodings('screen', true)).toEqual([
      { maxBitrate: 2_500_000, maxFramerate: 15, scalabilityMode: 'L1T3' },
    ])
    expect(offeredEncodings('mic', true)).toEqual([{}])
  })

  it('names no temporal layers to a browser that has none', () => {
    for (const encoding of [...offeredEncodings('camera', false), ...offeredEncodings('screen', false)])
      expect(encoding).not.toHaveProperty('scalabilityMode')
  })
})

it.each([
  [hd, ['q/4', 'h/2', 'f/1']],
  [{ width: 720, height: 1280 }, ['q/4', 'h/2', 'f/1']],
  [{ width: 640, height: 360 }, ['q/2', 'h/1']],
  [{ width: 640, height: 480 }, ['q/2', 'h/1']],
  [{ width: 320, height: 240 }, ['q/1']],
  [null, ['q/4', 'h/2', 'f/1']],
])('a camera of %o has the layers %s', (size, layers) => {
  expect(layersOf(size).map(({ rid, scale }) => `${rid}/${String(scale)}`)).toEqual(layers)
})

it('gives the best layer of a small camera more', () => {
  const best = (width: number, height: number) => layersOf({ width, height }).at(-1)?.maxBitrate
  expect([best(1280, 720), best(640, 360), best(320, 180)]).toEqual([1_200_000, 700_000, 250_000])
})

describe('tuning', () => {
  const camera = offeredEncodings('camera', true)
  const active = (size: typeof hd | null, wanted: string[] | null) =>
    tunedEncodings('camera', camera, size, wanted)
      .filter((encoding) => encoding.active)
      .map((encoding) => `${encoding.rid ?? ''}/${String(encoding.scaleResolutionDownBy)}`)

  it('sends every layer until it is told who takes what', () => {
    expect(active(hd, null)).toEqual(['q/4', 'h/2', 'f/1'])
  })

  it('switches off what nobody takes, all of it too', () => {
    expect(active(hd, ['q', 'f'])).toEqual(['q/4', 'f/1'])
    expect(active(hd, [])).toEqual([])
  })

  it('sends a small camera as it is when a larger layer is wanted', () => {
    expect(active({ width: 640, height: 360 }, ['f'])).toEqual(['h/1'])
    expect(active({ width: 640, height: 360 }, ['q'])).toEqual(['q/2'])
    expect(active({ width: 320, height: 180 }, ['h', 'f'])).toEqual(['q/1'])
  })

  it('keeps what the browser wrote into the encodings', () => {
    const [first] = tunedEncodings(
      'camera',
      [{ ...camera[0], rid: 'q', networkPriority: 'low' }, { rid: 'h' }],
      hd,
      [],
    )
    expect(first).toMatchObject({ rid: 'q', networkPriority: 'low', scalabilityMode: 'L1T3', active: false })
  })

  it('sends the whole picture where simulcast was not taken up', () => {
    const [only] = tunedEncodings('camera', camera.slice(0, 1), hd, ['q'])
    expect(only).toMatchObject({ active: true, scaleResolutionDownBy: 1, maxBitrate: 1_200_000 })
    expect(tunedEncodings('camera', camera.slice(0, 1), hd, [])[0]?.active).toBe(false)
  })

  it('sends a screen while anybody watches it, whatever its layer is called', () => {
    const screen = offeredEncodings('screen', true)
    expect(tunedEncodings('screen', screen, hd, ['s'])).toEqual([{ ...screen[0], active: true }])
    expect(tunedEncodings('screen', screen, hd, null)[0]?.active).toBe(true)
    expect(tunedEncodings('screen', screen, hd, [])[0]?.active).toBe(false)
  })

  it('keeps the sharpness of a screen', () => {
    expect(degradationOf('screen')).toBe('maintain-resolution')
    expect(degradationOf('camera')).toBeNull()
  })

  it('leaves sound alone', () => {
    expect(tunedEncodings('mic', [{}], null, [])).toEqual([{}])
  })
})
