/** What somebody chose to look at: the layout, a pinned picture, pictures that are not to come. */
import type { Participant } from '../protocol/protocol.gen'

export type Mode = 'stage' | 'grid'
export type PictureSource = 'camera' | 'screen'

export interface Picture {
  participantId: string
  source: PictureSource
}

export interface ViewChoice {
  /** The layout while nothing has been singled out. */
  readonly mode: Mode
  readonly pinned: Picture | null
  /** Whose shared screen was on when this was chosen: it does not take the stage from it. */
  readonly over: string | null
  /** Pictures that are not to come, to save data. */
  readonly stopped: ReadonlySet<string>
  /** The one camera that is to come; shared screens come all the same. */
  readonly only: string | null
}

/** What is to be seen now. */
export interface Focus {
  mode: Mode
  /** What has the stage; null when the room decides. */
  picture: Picture | null
}

export const placeOf = ({ participantId, source }: Picture): string => `${participantId}:${source}`

export const firstChoice = (mode: Mode): ViewChoice => ({
  mode,
  pinned: null,
  over: null,
  stopped: new Set(),
  only: null,
})

/** A screen that was shared since takes the stage; else the pin; else the layout that was chosen. */
export function focusOf({ mode, pinned, over }: ViewChoice, share: string | null): Focus {
  if (share !== null && share !== over)
    return { mode: 'stage', picture: { participantId: share, source: 'screen' } }
  return pinned ? { mode: 'stage', picture: pinned } : { mode, picture: null }
}

export const withMode = (choice: ViewChoice, mode: Mode, share: string | null): ViewChoice => ({
  ...choice,
  mode,
  pinned: null,
  over: mode === 'grid' ? share : null,
})

export function withPin(choice: ViewChoice, picture: Picture | null, share: string | null): ViewChoice {
  return { ...choice, pinned: picture, over: picture ? share : null }
}

/** Stops a picture, or lets it come again. */
export function withStopped(choice: ViewChoice, picture: Picture, isStopped: boolean): ViewChoice {
  const place = placeOf(picture)
  const stopped = new Set(choice.stopped)
  if (isStopped) stopped.add(place)
  else stopped.delete(place)
  const isLeftOut = choice.only !== null && choice.only !== place && picture.source === 'camera'
  return { ...choice, stopped, only: !isStopped && isLeftOut ? null : choice.only }
}

/** All cameras but this one stay away; null: all come. */
export function withOnly(choice: ViewChoice, picture: Picture | null): ViewChoice {
  if (!picture) return { ...choice, only: null, stopped: new Set() }
  const stopped = new Set(choice.stopped)
  stopped.delete(placeOf(picture))
  return { ...choice, only: placeOf(picture), stopped }
}

export function isStopped({ stopped, only }: ViewChoice, picture: Picture): boolean {
  const place = placeOf(picture)
  return stopped.has(place) || (picture.source === 'camera' && only !== null && only !== place)
}

/** Without what has no meaning any more: screens that are shared no longer, people who left. */
export function settled(choice: ViewChoice, users: readonly Participant[]): ViewChoice {
  const { pinned, over, only } = choice
  const find = (id: string | undefined) => users.find((user) => user.id === id)
  const isPinGone = pinned !== null && !canBeSeen(find(pinned.participantId), pinned.source)
  const isOverGone = over !== null && find(over)?.isScreenOn !== true
  const isOnlyGone = only !== null && !find(only.replace(/:camera$/, ''))
  if (!isPinGone && !isOverGone && !isOnlyGone) return choice
  return {
    ...choice,
    pinned: isPinGone ? null : pinned,
    over: isOverGone ? null : over,
    only: isOnlyGone ? null : only,
  }
}

const canBeSeen = (user: Participant | undefined, source: PictureSource) =>
  user !== undefined && (source === 'camera' || user.isScreenOn)

const KEY = 'podium.layout'

/** The layout that was chosen on this device. */
export function rememberedMode(storage: () => Storage = () => localStorage): Mode {
  try {
    return storage().getItem(KEY) === 'grid' ? 'grid' : 'stage'
  } catch {
    return 'stage'
  }
}

export function rememberMode(mode: Mode, storage: () => Storage = () => localStorage): void {
  try {
    storage().setItem(KEY, mode)
  } catch {
    // It holds for this visit.
  }
}
