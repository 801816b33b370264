/** Who is shown where: a pure function of the room, so that the same room always looks the same. */
import type { Participant, Reception, Slot } from '../protocol/protocol.gen'
import { isWithoutPictures } from './ladder'

export interface Tile {
  /** Stable while it shows the same thing: the picture is not rebuilt. */
  key: string
  participant: Participant
  /** What the tile shows; null for initials. */
  source: 'camera' | 'screen' | null
  /** What it would show if it came; null when nothing is on. */
  wanted: 'camera' | 'screen' | null
  /** The receiving line that carries the picture. */
  mid: string | null
  /** The picture stands, or is left out: there is no room for it on the line or the step of the ladder. */
  isPaused: boolean
  isSpeaking: boolean
}

/** A picture that is on the screen or should be. */
export interface Shown {
  participantId: string
  source: 'camera' | 'screen'
  /** `none`: there is no room for it. */
  place: 'stage' | 'strip' | 'none'
}

export interface Layout {
  /** Null when nobody else is here. */
  stage: Tile | null
  strip: Tile[]
  /** People who have no tile. */
  hidden: number
  /** Every picture there is, those to be seen first, whether they come already or not. */
  shown: Shown[]
}

export interface LayoutInput {
  users: readonly Participant[]
  slots: readonly Slot[]
  selfId: string
  activeSpeakerId: string | null
  /** The step of the ladder in force. */
  step: Reception
  /** Room for so many tiles beside the stage (the self-preview not counted). */
  stripSize: number
}

type TileOf = (user: Participant, wanted: 'camera' | 'screen') => Tile
type Has = (tile: Tile) => boolean

const isOn: Has = (tile) => tile.wanted !== null
const hasLine: Has = (tile) => tile.source !== null

/** Picks the tile for the stage out of everyone's cameras and screens; `has` says which count as a picture. */
function pickStage(
  people: readonly Participant[],
  tileOf: TileOf,
  activeSpeakerId: string | null,
  has: Has,
): Tile | null {
  // Somebody who is away comes after those who are here.
  const tutors = people
    .filter((user) => user.role === 'tutor')
    .sort((a, b) => Number(a.isReconnecting) - Number(b.isReconnecting))
  const presenter = tutors.find((user) => user.isScreenOn) ?? people.find((user) => user.isScreenOn)
  const screen = presenter && tileOf(presenter, 'screen')
  if (screen && has(screen)) return screen
  const speaker = people.find((user) => user.id === activeSpeakerId)
  const cameras = [...tutors, ...(speaker ? [speaker] : [])].map((user) => tileOf(user, 'camera'))
  const shown = cameras.find(has)
  if (shown) return shown
  if (tutors[0]) return tileOf(tutors[0], 'camera')
  const anybody = people.map((user) => tileOf(user, 'camera')).find(has)
  const silent = speaker ?? people.find((user) => !user.isReconnecting) ?? people[0]
  return anybody ?? (silent ? tileOf(silent, 'camera') : null)
}

/** Everyone who is not on the stage with the camera, in the order of the strip. */
function orderStrip(people: readonly Participant[], tileOf: TileOf, stage: Tile | null, has: Has): Tile[] {
  const isScreen = stage?.wanted === 'screen'
  const rest = people
    .filter((user) => isScreen || stage?.participant.id !== user.id)
    .map((user) => tileOf(user, 'camera'))
  const order = (tile: Tile) =>
    Number(!tile.participant.isReconnecting) * 16 +
    Number(has(tile) && tile.participant.role === 'tutor') * 8 +
    Number(has(tile)) * 4 +
    Number(tile.participant.role === 'tutor') * 2 +
    Number(tile.isSpeaking)
  // sort() is stable, so people of one kind stay in the order of joining and tiles do not jump about.
  return rest.sort((a, b) => order(b) - order(a))
}

function tiles({ slots, activeSpeakerId, step }: LayoutInput): TileOf {
  const lines = new Map(
    slots.flatMap((slot) =>
      slot.kind === 'video' && slot.participantId && slot.source
        ? [[`${slot.participantId}:${slot.source}`, slot] as const]
        : [],
    ),
  )
  return (participant, wanted) => {
    const isPublished = wanted === 'camera' ? participant.isVideoOn : participant.isScreenOn
    const line =
      isPublished && !isWithoutPictures(step) ? lines.get(`${participant.id}:${wanted}`) : undefined
    // A weak line may recover any moment; a step that leaves a picture out does so for long, and its last frame would
    // only mislead.
    const isPaused = line?.paused === true
    const mid = line && !(isPaused && step !== 'full') ? line.mid : null
    return {
      key: `${participant.id}:${mid ? wanted : 'none'}`,
      participant,
      source: mid ? wanted : null,
      wanted: isPublished ? wanted : null,
      mid,
      isPaused,
      isSpeaking: participant.id === activeSpeakerId && participant.isAudioOn,
    }
  }
}

/** All pictures of these people, as they should come: those of the stage and the strip first. */
function wantedPictures(
  people: readonly Participant[],
  tileOf: TileOf,
  activeSpeakerId: string | null,
  stripSize: number,
): Shown[] {
  const stage = pickStage(people, tileOf, activeSpeakerId, isOn)
  const strip = orderStrip(people, tileOf, stage, isOn)
  const screens = people
    .map((user) => tileOf(user, 'screen'))
    .filter((tile) => tile.participant !== stage?.participant)
  const placed = (tile: Tile, place: Shown['place']): Shown[] =>
    tile.wanted ? [{ participantId: tile.participant.id, source: tile.wanted, place }] : []
  return [
    ...(stage ? placed(stage, 'stage') : []),
    ...strip.flatMap((tile, index) => placed(tile, index < stripSize ? 'strip' : 'none')),
    ...screens.flatMap((tile) => placed(tile, 'none')),
  ]
}

export function arrange(input: LayoutInput): Layout {
  const { users, selfId, activeSpeakerId, stripSize } = input
  const tileOf = tiles(input)
  const others = users.filter((user) => user.id !== selfId)
  const stage = pickStage(others, tileOf, activeSpeakerId, hasLine)
  const strip = orderStrip(others, tileOf, stage, hasLine)
  return {
    stage,
    strip: strip.slice(0, stripSize),
    hidden: Math.max(0, strip.length - stripSize),
    shown: wantedPictures(others, tileOf, activeSpeakerId, stripSize),
  }
}
