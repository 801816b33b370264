/**
 * Tells the server which pictures are on the screen, and how large, so that it sends no more than can be seen. What
 * grows is told soon, what shrinks later: a window that is being resized, or a list that is being scrolled, is not
 * followed step by step.
 */
import type { TrackWish } from '../protocol/protocol.gen'
import type { Shown } from './layout'

export const GROW_AFTER_MS = 100
export const SHRINK_AFTER_MS = 500
/** What was refused is told again, once it may pass. */
export const RETRY_AFTER_MS = 3_000
/** The protocol's. */
const MAX_WISHES = 100
const MAX_HEIGHT = 4320
/** Heights are told in such steps: a window that grows by a few pixels changes nothing. */
const HEIGHT_STEP = 16

export type Page = Pick<Document, 'visibilityState' | 'addEventListener' | 'removeEventListener'>

export interface WishPorts {
  /** Rejects when the server could not be told. */
  tell(wishes: TrackWish[]): Promise<unknown>
  isJoined(): boolean
  page: Page
}

/** Where a picture is: the stage, or the tile of somebody's camera (or screen). */
export type Place = 'stage' | { participantId: string; source?: 'camera' | 'screen' }

const keyOf = (place: Place) =>
  place === 'stage' ? 'stage' : `tile:${place.participantId}:${place.source ?? 'camera'}`

export class Wishes {
  private readonly heights = new Map<string, number>()
  private shown: readonly Shown[] = []
  /** Nothing is told before the layout is known. */
  private isKnown = false
  private told: TrackWish[] | null = null
  private timer: ReturnType<typeof setTimeout> | undefined
  private dueAt = Infinity
  private readonly page: Page

  constructor(private readonly ports: WishPorts) {
    this.page = ports.page
    this.page.addEventListener('visibilitychange', this.changed)
  }

  /** The layout: every picture it has or wants, in its order. */
  show(shown: readonly Shown[]): void {
    this.shown = shown
    this.isKnown = true
    this.changed()
  }

  /** How high a place is now, in device pixels; 0 while it is out of sight, null when it is gone. */
  measure(place: Place, height: number | null): void {
    if (height === null) this.heights.delete(keyOf(place))
    else this.heights.set(keyOf(place), Math.min(MAX_HEIGHT, Math.ceil(height / HEIGHT_STEP) * HEIGHT_STEP))
    this.changed()
  }

  /** The server knows nothing of this seat yet. */
  forget(): void {
    this.told = null
    this.changed()
  }

  close(): void {
    clearTimeout(this.timer)
    this.page.removeEventListener('visibilitychange', this.changed)
  }

  /** What would be told now. */
  get wishes(): TrackWish[] {
    const isHidden = this.page.visibilityState === 'hidden'
    const tiles = [...this.heights].filter(([key]) => key !== 'stage').map(([, height]) => height)
    const usual = Math.max(0, ...tiles)
    const wishes = this.shown.map(({ participantId, source, place }) => {
      // A picture that is to come has no place of its own yet: it will be as the others are.
      const height =
        place === 'stage'
          ? (this.heights.get('stage') ?? 0)
          : place === 'strip'
            ? (this.heights.get(keyOf({ participantId, source })) ?? usual)
            : 0
      return { participantId, source, height: isHidden ? 0 : height }
    })
    return wishes.slice(0, MAX_WISHES)
  }

  private readonly changed = (): void => {
    if (!this.isKnown || !this.ports.isJoined()) return
    const wishes = this.wishes
    if (this.told && isSame(wishes, this.told)) {
      clearTimeout(this.timer)
      this.dueAt = Infinity
      return
    }
    this.later(isLarger(wishes, this.told) ? GROW_AFTER_MS : SHRINK_AFTER_MS)
  }

  /** What is due earlier takes along what came later. */
  private later(delay: number): void {
    const at = performance.now() + delay
    if (at >= this.dueAt) return
    clearTimeout(this.timer)
    this.dueAt = at
    this.timer = setTimeout(this.tell, delay)
  }

  private readonly tell = (): void => {
    this.dueAt = Infinity
    if (!this.ports.isJoined()) return
    const { wishes } = this
    this.told = wishes
    this.ports.tell(wishes).catch(() => {
      if (this.told === wishes) {
        this.told = null
        this.later(RETRY_AFTER_MS)
      }
    })
  }
}

const isSame = (a: readonly TrackWish[], b: readonly TrackWish[]) =>
  a.length === b.length &&
  a.every(({ participantId, source, height }, index) => {
    const other = b[index]
    return other?.participantId === participantId && other.source === source && other.height === height
  })

/** Something is to be seen that was not, or is larger, or comes earlier. */
function isLarger(wishes: readonly TrackWish[], told: readonly TrackWish[] | null): boolean {
  if (!told) return true
  const known = new Map(told.map((wish, index) => [`${wish.participantId} ${wish.source}`, { wish, index }]))
  return wishes.some(({ participantId, source, height }, index) => {
    const before = known.get(`${participantId} ${source}`)
    return height > (before?.wish.height ?? 0) || (before !== undefined && height > 0 && index < before.index)
  })
}
