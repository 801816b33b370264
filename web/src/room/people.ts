/** The people of a class as a list shows them: in which order, who comes first, and who fits a search. */
import type { Hand, Participant } from '../protocol/protocol.gen'

/** From this many people on there is something to search. */
export const SEARCH_FROM = 10

export interface Line {
  readonly person: Participant
  /** In the queue of raised hands, from 1; null for a hand that is down. */
  readonly place: number | null
  /** A tutor lets this person speak. */
  readonly isAnswered: boolean
  /** Which device of the same user it is, in the order of coming; 0 when there is one only. */
  readonly device: number
}

const names = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' })

/** Letters alone count, whatever their case and their accents. */
const plain = (text: string): string => text.normalize('NFD').replace(/\p{M}/gu, '').toLocaleLowerCase()

/** Names as they are searched, which is asked at each letter. */
const plainNames = new WeakMap<Participant, string>()

function plainName(person: Participant): string {
  let found = plainNames.get(person)
  if (found === undefined) plainNames.set(person, (found = plain(person.name)))
  return found
}

/** Those in whose name each word that is looked for occurs. */
export function found(all: readonly Line[], query: string): readonly Line[] {
  const words = plain(query).split(/\s+/)
  return all.filter(({ person }) => {
    const name = plainName(person)
    return words.every((word) => name.includes(word))
  })
}

function placesOf(hands: readonly Hand[]): ReadonlyMap<string, Hand & { place: number }> {
  return new Map(hands.map((hand, index) => [hand.participantId, { ...hand, place: index + 1 }]))
}

/** Which device of its owner each one is; those with one only are not in it. `users` are in the order of coming. */
function devicesOf(users: readonly Participant[]): ReadonlyMap<string, number> {
  const byUser = new Map<string, string[]>()
  for (const { id, userId } of users) byUser.set(userId, [...(byUser.get(userId) ?? []), id])
  return new Map(
    [...byUser.values()]
      .filter((ids) => ids.length > 1)
      .flatMap((ids) => ids.map((id, index) => [id, index + 1] as const)),
  )
}

/** Everyone: oneself, the tutors, and the others, each by name; the devices of a person stay together. */
export function inOrder(users: readonly Participant[], selfId: string | null): readonly Participant[] {
  const rank = (user: Participant) => (user.id === selfId ? 0 : user.role === 'tutor' ? 1 : 2)
  return users.toSorted(
    (a, b) =>
      rank(a) - rank(b) ||
      names.compare(a.name, b.name) ||
      (a.userId === b.userId ? 0 : a.userId < b.userId ? -1 : 1) ||
      a.joinedAt.localeCompare(b.joinedAt),
  )
}

/** The same people with their place in the queue and their devices. */
export function lines(people: readonly Participant[], hands: readonly Hand[]): readonly Line[] {
  const places = placesOf(hands)
  const devices = devicesOf(people.toSorted((a, b) => a.joinedAt.localeCompare(b.joinedAt)))
  return people.map((person) => {
    const hand = places.get(person.id)
    return {
      person,
      place: hand?.place ?? null,
      isAnswered: hand?.isAnswered ?? false,
      device: devices.get(person.id) ?? 0,
    }
  })
}

/** Those with a raised hand, first raised, first. */
export function raised(all: readonly Line[]): readonly Line[] {
  return all.filter(({ place }) => place !== null).toSorted((a, b) => (a.place ?? 0) - (b.place ?? 0))
}

/** Those of the others who can be heard now; whoever speaks comes first. */
export function heard(
  all: readonly Line[],
  speakerId: string | null,
  selfId: string | null,
): readonly Line[] {
  const on = all.filter(({ person }) => person.isAudioOn && person.id !== selfId)
  const first = on.filter(({ person }) => person.id === speakerId)
  return first.length > 0 ? [...first, ...on.filter((line) => line !== first[0])] : on
}

/** Who goes on being heard when a tutor silences the rest: whoever speaks now, and whose turn it is. */
export function spared(hands: readonly Hand[], speakerId: string | null): string[] {
  const turns = hands.filter((hand) => hand.isAnswered).map((hand) => hand.participantId)
  return [...new Set(speakerId === null ? turns : [speakerId, ...turns])]
}
