import { expect, it } from 'vitest'
import type { Resynced } from '../protocol/protocol.gen'
import { person, snapshot } from '../testing/room'
import { Feed } from './feed'
import type { RoomEvent } from './reducer'

const [ana, ben, eve] = [person('ana'), person('ben'), person('eve')]
const came = (seq: number, user = ana): RoomEvent => ({ event: 'user-joined', data: { seq, user } })
const went = (seq: number, user = ana): RoomEvent => ({
  event: 'user-left',
  data: { seq, participantId: user.id, reason: 'left' },
})

/** A room with Ana and Ben at 10, and a server that answers when it is told to. */
function open() {
  const asked: number[] = []
  const told: RoomEvent[] = []
  let answer: (answer: Omit<Resynced, 'own'>) => void = () => undefined
  const feed = new Feed({
    resync: (lastSeq) => {
      asked.push(lastSeq)
      return new Promise((resolve) => {
        answer = (one) => {
          resolve({ ...one, own: { results: [], votes: [], tutor: null } })
        }
      })
    },
    onEvent: (_, event) => told.push(event),
    onCaughtUp: () => undefined,
    onChange: () => undefined,
  })
  feed.catchUp({ seq: 10, snapshot: snapshot({ seq: 10, existingUsers: [ana, ben] }), missed: [], own: null })
  const reply = async (one: Omit<Resynced, 'own'>) => {
    answer(one)
    await new Promise((done) => setTimeout(done))
  }
  return { feed, asked, told, reply, names: () => feed.state?.users.map(({ id }) => id) }
}

it('fills a gap', async () => {
  const { feed, asked, reply, names } = open()
  feed.receive(came(12, eve))
  expect([asked, names()]).toEqual([[10], ['ana', 'ben']])
  await reply({ seq: 12, snapshot: null, missed: [went(11), came(12, eve)] })
  expect(names()).toEqual(['ben', 'eve'])
  feed.receive(went(13, eve))
  expect([asked, names()]).toEqual([[10], ['ben']])
})

it('takes nothing twice that came by itself before the answer did', async () => {
  const { feed, told, reply, names } = open()
  const answered = feed.refresh(1_000)
  feed.receive(came(11, eve))
  feed.receive(went(12, eve))
  await reply({ seq: 12, snapshot: null, missed: [came(11, eve), went(12, eve)] })
  await answered
  expect(told.map(({ event }) => event)).toEqual(['user-joined', 'user-left'])
  expect(names()).toEqual(['ana', 'ben'])
})

it('does not go back to what was true before', async () => {
  const { feed, asked, reply, names } = open()
  const answered = feed.refresh(1_000)
  feed.receive(came(11, eve))
  feed.receive(went(12, eve))
  await reply({ seq: 11, snapshot: null, missed: [came(11, eve)] })
  await answered
  expect(names(), 'no ghost of whoever left').toEqual(['ana', 'ben'])
  const again = feed.refresh(1_000)
  feed.receive(went(13, ben))
  await reply({ seq: 12, snapshot: snapshot({ seq: 12, existingUsers: [ana, ben] }), missed: [] })
  await again
  expect(names()).toEqual(['ana'])
  feed.receive(went(14, ana))
  expect([names(), asked]).toEqual([[], [10, 12]])
})

it('begins anew where the server did, when one comes back', () => {
  const { feed, names } = open()
  feed.catchUp({ seq: 2, snapshot: snapshot({ seq: 2, existingUsers: [eve] }), missed: [], own: null })
  feed.receive(came(3))
  expect(names()).toEqual(['ana', 'eve'])
})
