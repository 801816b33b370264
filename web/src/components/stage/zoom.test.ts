import { describe, expect, it } from 'vitest'
import { Fingers, MOST, WHOLE, pan, zoomAt, zoomByKey } from './zoom'

const frame = { width: 400, height: 200 }

describe('zoom', () => {
  it('keeps the point under the pointer', () => {
    expect(zoomAt(WHOLE, 2, 100, 50, frame)).toEqual({ scale: 2, x: -100, y: -50 })
  })

  it('goes neither beyond the most nor below the whole, which is in the middle', () => {
    const far = zoomAt(WHOLE, 100, 200, 100, frame)
    expect(far.scale).toBe(MOST)
    expect(zoomAt(far, 1 / 100, -200, 0, frame)).toEqual({ scale: 1, x: 0, y: 0 })
  })

  it('never shows what is beside the picture', () => {
    expect(pan({ scale: 2, x: 0, y: 0 }, 900, -900, frame)).toEqual({ scale: 2, x: 200, y: -100 })
    expect(pan(WHOLE, 50, 50, frame)).toEqual(WHOLE)
  })

  it('follows the keys, and leaves those alone that mean nothing', () => {
    const closer = zoomByKey(WHOLE, '+', frame)
    expect(closer?.scale).toBeCloseTo(1.35)
    expect(zoomByKey(closer ?? WHOLE, 'ArrowRight', frame)?.x).toBe(-50)
    expect(zoomByKey(closer ?? WHOLE, '0', frame)).toEqual(WHOLE)
    expect(zoomByKey(WHOLE, 'ArrowRight', frame)).toBeNull()
    expect(zoomByKey(WHOLE, 'm', frame)).toBeNull()
  })
})

it('two fingers that part zoom in where they are', () => {
  const fingers = new Fingers()
  fingers.put(1, { x: 50, y: 0 })
  fingers.put(2, { x: 150, y: 0 })
  const zoom = fingers.move(2, { x: 250, y: 0 }, WHOLE, frame)
  // They were 100 apart around 100, and are 200 apart around 150.
  expect(zoom).toEqual({ scale: 2, x: -50, y: 0 })
  fingers.lift(1)
  expect(fingers.move(2, { x: 270, y: 10 }, zoom, frame)).toEqual({ scale: 2, x: -30, y: 10 })
})
