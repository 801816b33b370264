/** How far somebody has zoomed into a picture, and where: a pure value. Lengths are px of the frame. */

export interface Zoom {
  readonly scale: number
  /** How far the middle of the picture is from the middle of the frame. */
  readonly x: number
  readonly y: number
}

export interface Frame {
  width: number
  height: number
}

export const WHOLE: Zoom = { scale: 1, x: 0, y: 0 }
export const MOST = 6
export const STEP = 1.35

/** No side of the picture comes into the frame. */
function within({ scale, x, y }: Zoom, { width, height }: Frame): Zoom {
  const reach = (length: number) => (length * (scale - 1)) / 2
  const clamp = (value: number, most: number) => Math.min(most, Math.max(-most, value)) || 0
  return { scale, x: clamp(x, reach(width)), y: clamp(y, reach(height)) }
}

/** Zooms by `factor`; what is at the point (from the middle of the frame) stays there. */
export function zoomAt(zoom: Zoom, factor: number, x: number, y: number, frame: Frame): Zoom {
  const scale = Math.min(MOST, Math.max(1, zoom.scale * factor))
  const ratio = scale / zoom.scale
  return within({ scale, x: x - (x - zoom.x) * ratio, y: y - (y - zoom.y) * ratio }, frame)
}

export function pan(zoom: Zoom, dx: number, dy: number, frame: Frame): Zoom {
  return within({ ...zoom, x: zoom.x + dx, y: zoom.y + dy }, frame)
}

const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [1, 0],
  ArrowRight: [-1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
}

/** What a key does; null when it has no meaning here. */
export function zoomByKey(zoom: Zoom, key: string, frame: Frame): Zoom | null {
  if (key === '+' || key === '=') return zoomAt(zoom, STEP, 0, 0, frame)
  if (key === '-') return zoomAt(zoom, 1 / STEP, 0, 0, frame)
  if (key === '0') return WHOLE
  const arrow = ARROWS[key]
  if (!arrow || zoom.scale === 1) return null
  return pan(zoom, (arrow[0] * frame.width) / 8, (arrow[1] * frame.height) / 8, frame)
}

interface Point {
  x: number
  y: number
}

/** One finger moves, two fingers zoom and move. */
export class Fingers {
  private readonly down = new Map<number, Point>()

  get count(): number {
    return this.down.size
  }

  put(id: number, point: Point): void {
    this.down.set(id, point)
  }

  lift(id: number): void {
    this.down.delete(id)
  }

  /** The zoom after a finger moved. */
  move(id: number, point: Point, zoom: Zoom, frame: Frame): Zoom {
    const before = this.down.get(id)
    if (!before) return zoom
    this.down.set(id, point)
    const other = [...this.down].find(([key]) => key !== id)?.[1]
    if (!other) return pan(zoom, point.x - before.x, point.y - before.y, frame)
    const apart = (a: Point) => Math.hypot(a.x - other.x, a.y - other.y)
    const [from, to] = [middle(before, other), middle(point, other)]
    const zoomed = zoomAt(zoom, apart(point) / Math.max(1, apart(before)), from.x, from.y, frame)
    return pan(zoomed, to.x - from.x, to.y - from.y, frame)
  }
}

const middle = (a: Point, b: Point): Point => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 })
