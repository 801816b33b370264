/** Who is shown where: a pure function of the room, so that the same room always looks the same. */
import type { Participant, Slot } from '../protocol/protocol.gen'

export interface Tile {
  /** Stable while it shows the same thing: the picture is not rebuilt. */
  key: string
  participant: Participant
  /** What the tile shows; null for initials. */
  source: 'camera' | 'screen' | null
  /** The receiving line that carries the picture. */
  mid: string | null
  isSpeaking: boolean
}

export interface Layout {
  /** Null when nobody else is here. */
  stage: Tile | null
  strip: Tile[]
  /** People who have no tile. */
  hidden: number
}

export interface LayoutInput {
  users: readonly Participant[]
  slots: readonly Slot[]
  selfId: string
  activeSpeakerId: string | null
  audioOnly: boolean
  /** Room for so many tiles beside the stage (the self-preview not counted). */
  stripSize: number
}

/** Picks the tile for the stage out of everyone's cameras and screens. */
function pickStage(
  people: readonly Participant[],
  tileOf: TileOf,
  activeSpeakerId: string | null,
): Tile | null {
  // Somebody who is away comes after those who are here.
  const tutors = people
    .filter((user) => user.role === 'tutor')
    .sort((a, b) => Number(a.isReconnecting) - Number(b.isReconnecting))
  const presenter = tutors.find((user) => user.isScreenOn) ?? people.find((user) => user.isScreenOn)
  const screen = presenter && tileOf(presenter, 'screen')
  if (screen?.source === 'screen') return screen
  const speaker = people.find((user) => user.id === activeSpeakerId)
  const cameras = [...tutors, ...(speaker ? [speaker] : [])].map((user) => tileOf(user, 'camera'))
  const shown = cameras.find((tile) => tile.source)
  if (shown) return shown
  if (tutors[0]) return tileOf(tutors[0], 'camera')
  const anybody = people.map((user) => tileOf(user, 'camera')).find((tile) => tile.source)
  const silent = speaker ?? people.find((user) => !user.isReconnecting) ?? people[0]
  return anybody ?? (silent ? tileOf(silent, 'camera') : null)
}

type TileOf = (user: Participant, wanted: 'camera' | 'screen') => Tile

export function arrange(input: LayoutInput): Layout {
  const { users, slots, selfId, activeSpeakerId, audioOnly, stripSize } = input
  const lines = new Map(
    slots.flatMap((slot) =>
      slot.kind === 'video' && slot.participantId && slot.source
        ? [[`${slot.participantId}:${slot.source}`, slot.mid] as const]
        : [],
    ),
  )
  const tileOf: TileOf = (participant, wanted) => {
    const isOn = wanted === 'camera' ? participant.isVideoOn : participant.isScreenOn
    const mid = isOn && !audioOnly ? (lines.get(`${participant.id}:${wanted}`) ?? null) : null
    return {
      key: `${participant.id}:${mid ? wanted : 'none'}`,
      participant,
      source: mid ? wanted : null,
      mid,
      isSpeaking: participant.id === activeSpeakerId && participant.isAudioOn,
    }
  }
  const others = users.filter((user) => user.id !== selfId)
  const stage = pickStage(others, tileOf, activeSpeakerId)
  const rest = others
    .filter((user) => stage?.participant.id !== user.id || stage.source === 'screen')
    .map((user) => tileOf(user, 'camera'))
  const order = (tile: Tile) =>
    Number(!tile.participant.isReconnecting) * 16 +
    Number(tile.source !== null && tile.participant.role === 'tutor') * 8 +
    Number(tile.source !== null) * 4 +
    Number(tile.participant.role === 'tutor') * 2 +
    Number(tile.isSpeaking)
  // sort() is stable, so people of one kind stay in the order of joining and tiles do not jump about.
  const strip = rest.sort((a, b) => order(b) - order(a)).slice(0, stripSize)
  return { stage, strip, hidden: rest.length - strip.length }
}
