/** Tiles: a person or a shared screen, and what there is to show of it. */
import type { Participant, Reception, Slot } from '../protocol/protocol.gen'
import { isStopped, type Picture, type PictureSource, type ViewChoice } from './choice'
import { isWithoutPictures } from './ladder'

export interface Tile {
  /** Stable while it shows the same thing: the picture is not rebuilt. */
  key: string
  /** Stable as long as the person is here: the tile stays. */
  place: string
  participant: Participant
  picture: Picture
  /** What the tile shows; null for initials. */
  source: PictureSource | null
  /** What it would show if it came; null when nothing is on. */
  wanted: PictureSource | null
  /** The receiving line that carries the picture. */
  mid: string | null
  /** The picture stands, or is left out: there is no room for it on the line or the step of the ladder. */
  isPaused: boolean
  /** One does not want it, to save data. */
  isStopped: boolean
  isSpeaking: boolean
}

export interface TileInput {
  slots: readonly Slot[]
  activeSpeakerId: string | null
  /** The step of the ladder in force. */
  step: Reception
  choice: ViewChoice
}

export type TileOf = (user: Participant, wanted: PictureSource) => Tile

export function tilesOf({ slots, activeSpeakerId, step, choice }: TileInput): TileOf {
  const lines = new Map(
    slots.flatMap((slot) =>
      slot.kind === 'video' && slot.participantId && slot.source
        ? [[`${slot.participantId}:${slot.source}`, slot] as const]
        : [],
    ),
  )
  return (participant, wanted) => {
    const picture: Picture = { participantId: participant.id, source: wanted }
    const place = `${participant.id}:${wanted}` as const
    const isPublished = wanted === 'camera' ? participant.isVideoOn : participant.isScreenOn
    const isUnwanted = isStopped(choice, picture)
    const line = isPublished && !isUnwanted && !isWithoutPictures(step) ? lines.get(place) : undefined
    // A weak line may recover any moment; a step that leaves a picture out does so for long, and its last frame would
    // only mislead.
    const isPaused = line?.paused === true
    const mid = line && !(isPaused && step !== 'full') ? line.mid : null
    return {
      key: `${participant.id}:${mid ? wanted : 'none'}`,
      place,
      participant,
      picture,
      source: mid ? wanted : null,
      wanted: isPublished ? wanted : null,
      mid,
      isPaused,
      isStopped: isPublished && isUnwanted,
      isSpeaking: wanted === 'camera' && participant.id === activeSpeakerId && participant.isAudioOn,
    }
  }
}
