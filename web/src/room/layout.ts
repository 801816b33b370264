/** Who is shown where: a pure function of the room, so that the same room always looks the same. */
import type { Participant } from '../protocol/protocol.gen'
import { focusOf, type Mode, type PictureSource } from './choice'
import { gridShape, type GridShape } from './grid'
import { steady } from './order'
import { tilesOf, type Tile, type TileInput, type TileOf } from './tiles'

export type { Tile }

/** A picture that is on the screen or should be. */
export interface Shown {
  participantId: string
  source: PictureSource
  /** `none`: there is no room for it. */
  place: 'stage' | 'strip' | 'none'
}

export interface Layout {
  mode: Mode
  /** Null when nobody else is here, or nobody else shows anything to a tutor. */
  stage: Tile | null
  /** The tiles beside the stage, or of this page of the grid. */
  strip: Tile[]
  /** People who have no tile. */
  hidden: number
  /** Null without a grid. */
  grid: (GridShape & { page: number; pages: number }) | null
  /** Every picture there is, those to be seen first, whether they come already or not. */
  shown: Shown[]
  /** Whose screen has a line. */
  share: string | null
  /** Everyone's place, for the next layout. */
  order: readonly string[]
}

export interface LayoutInput extends TileInput {
  users: readonly Participant[]
  selfId: string
  /** Who spoke last, the last one first. */
  recent: readonly string[]
  /** Room for so many tiles beside the stage (the self-preview not counted). */
  stripSize: number
  /** Room for the grid, px. */
  area: { width: number; height: number }
  /** From 0. */
  page: number
  /** Those of the layouts before. */
  orders: Readonly<Record<Mode, readonly string[]>>
  /** One shares a screen: the stage says so, and everyone else is beside it. */
  isSharing: boolean
}

type Has = (tile: Tile) => boolean

const isOn: Has = (tile) => tile.wanted !== null
const hasLine: Has = (tile) => tile.source !== null

const presenterOf = (people: readonly Participant[]) =>
  people.find((user) => user.role === 'tutor' && user.isScreenOn) ?? people.find((user) => user.isScreenOn)

/** Picks the tile for the stage out of everyone's cameras and screens; `has` says which count as a picture. */
function pickStage(
  people: readonly Participant[],
  tileOf: TileOf,
  { selfId, users, activeSpeakerId, recent }: LayoutInput,
  has: Has,
): Tile | null {
  // Somebody who is away comes after those who are here.
  const tutors = people
    .filter((user) => user.role === 'tutor')
    .sort((a, b) => Number(a.isReconnecting) - Number(b.isReconnecting))
  const presenter = presenterOf(people)
  const screen = presenter && tileOf(presenter, 'screen')
  if (screen && has(screen)) return screen
  const speakers = [activeSpeakerId, ...recent].flatMap((id) => people.find((user) => user.id === id) ?? [])
  const shown = [...tutors, ...speakers].map((user) => tileOf(user, 'camera')).find(has)
  if (shown) return shown
  if (tutors[0]) return tileOf(tutors[0], 'camera')
  const anybody = people.map((user) => tileOf(user, 'camera')).find(has)
  // A tutor is what the class looks at: initials of a student would say nothing.
  const isTutor = users.find((user) => user.id === selfId)?.role === 'tutor'
  const silent = isTutor ? null : (speakers[0] ?? people.find((user) => !user.isReconnecting) ?? people[0])
  return anybody ?? (silent ? tileOf(silent, 'camera') : null)
}

/** People with those first whom one wants to see most. */
function byWeight(people: readonly Participant[], tileOf: TileOf, recent: readonly string[]): string[] {
  const weight = (user: Participant) => {
    const spoke = recent.indexOf(user.id)
    const isTutor = user.role === 'tutor'
    const has = isOn(tileOf(user, 'camera'))
    return (
      Number(!user.isReconnecting) * 1000 +
      Number(has && isTutor) * 500 +
      (spoke < 0 ? 0 : 100 - spoke) +
      Number(has) * 4 +
      Number(isTutor) * 2
    )
  }
  // sort() is stable, so people of one kind stay in the order of joining.
  return people
    .map((user) => ({ id: user.id, weight: weight(user) }))
    .sort((a, b) => b.weight - a.weight)
    .map(({ id }) => id)
}

/** All pictures, those that are seen first. */
function wantedPictures(
  people: readonly Participant[],
  tileOf: TileOf,
  stage: Tile | null,
  visible: readonly Tile[],
): Shown[] {
  const all = new Map<string, Shown>()
  const add = (tile: Tile, place: Shown['place']) => {
    if (tile.wanted === null || all.has(tile.place)) return
    const { participantId, source } = tile.picture
    all.set(tile.place, { participantId, source, place: tile.isStopped ? 'none' : place })
  }
  if (stage) add(stage, 'stage')
  for (const tile of visible) add(tile, 'strip')
  for (const user of people) add(tileOf(user, 'camera'), 'none')
  for (const user of people) add(tileOf(user, 'screen'), 'none')
  const [seen, hidden] = [true, false].map((isSeen) =>
    [...all.values()].filter((shown) => (shown.place !== 'none') === isSeen),
  )
  return [...(seen ?? []), ...(hidden ?? [])]
}

export function arrange(input: LayoutInput): Layout {
  const { users, selfId, recent, choice } = input
  const tileOf = tilesOf(input)
  const others = users.filter((user) => user.id !== selfId)
  const presenter = presenterOf(others)
  const share = presenter && hasLine(tileOf(presenter, 'screen')) ? presenter.id : null
  const focus = focusOf(choice, share)
  if (focus.mode === 'grid') return { ...asGrid(input, others, tileOf), share }

  const pinned = focus.picture
  const owner = pinned && others.find((user) => user.id === pinned.participantId)
  const focused = owner ? tileOf(owner, pinned.source) : null
  const stage = input.isSharing ? null : (focused ?? pickStage(others, tileOf, input, hasLine))
  const beside = others.filter(
    (user) => stage?.picture.source === 'screen' || stage?.participant.id !== user.id,
  )
  const order = steady(input.orders.stage, byWeight(beside, tileOf, recent), input.stripSize)
  const strip = inOrder(order, beside, tileOf)
  const coming = input.isSharing ? null : (focused ?? pickStage(others, tileOf, input, isOn))
  // What makes room for a picture that is to come will be beside it.
  const leaving = stage && stage.place !== coming?.place ? [stage] : []
  const seen = [...leaving, ...strip].filter((tile) => tile.place !== coming?.place)
  return {
    mode: 'stage',
    stage,
    strip: strip.slice(0, input.stripSize),
    hidden: Math.max(0, strip.length - input.stripSize),
    grid: null,
    shown: wantedPictures(others, tileOf, coming, seen.slice(0, input.stripSize)),
    share,
    order,
  }
}

/** Shared screens first, then people, page by page. */
function asGrid(input: LayoutInput, others: readonly Participant[], tileOf: TileOf): Omit<Layout, 'share'> {
  const screens = others.filter((user) => user.isScreenOn).map((user) => tileOf(user, 'screen'))
  const cameras = others.map((user) => tileOf(user, 'camera'))
  const all = others.length + screens.length
  const shape = gridShape({
    ...input.area,
    others: all,
    pictures: [...screens, ...cameras].filter(isOn).length,
    lines: input.slots.filter((slot) => slot.kind === 'video').length,
  })
  const visible = Math.max(0, shape.perPage - screens.length)
  const order = steady(input.orders.grid, byWeight(others, tileOf, input.recent), visible)
  const pages = Math.max(1, Math.ceil(all / shape.perPage))
  const page = Math.min(input.page, pages - 1)
  const from = page * shape.perPage
  const strip = [...screens, ...inOrder(order, others, tileOf)].slice(from, from + shape.perPage)
  return {
    mode: 'grid',
    stage: null,
    strip,
    hidden: all - strip.length,
    grid: { ...shape, page, pages },
    shown: wantedPictures(others, tileOf, null, strip),
    order,
  }
}

function inOrder(order: readonly string[], people: readonly Participant[], tileOf: TileOf): Tile[] {
  const byId = new Map(people.map((user) => [user.id, user]))
  return order.flatMap((id) => {
    const user = byId.get(id)
    return user ? [tileOf(user, 'camera')] : []
  })
}
