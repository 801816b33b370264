import { beforeEach, describe, expect, it } from 'vitest'
import type { Reception, ReceptionChanged, SetReception } from '../protocol/protocol.gen'
import { RequestError } from '../protocol/room-socket'
import { isWithoutPictures, Ladder, STEPS, type Memory } from './ladder'
import type { NoticeAction } from './notices'
import { bare } from '../testing/text'

const use = [{ reception: 'full' as const, megabytesPerHour: 600 }]
const own = (reception: Reception) => ({ results: [], votes: [], tutor: null, reception })
const joined = (resumed: boolean, state: ReturnType<typeof own>) => ({
  resumed,
  own: state,
  receptionUse: use,
})

describe('Ladder', () => {
  let memory: Memory
  let told: SetReception[]
  let said: { text: string; action: NoticeAction | undefined }[]
  let isJoined: boolean
  let failure: Error | null
  let problems: number
  let ladder: Ladder

  const make = () =>
    new Ladder(
      {
        tell: (command) => {
          told.push(command)
          return failure ? Promise.reject(failure) : Promise.resolve()
        },
        isJoined: () => isJoined,
        say: (text, action) => said.push({ text: bare(text), action }),
        onProblem: () => (problems += 1),
        onChange: () => undefined,
      },
      memory,
    )
  const change = (over: Partial<ReceptionChanged>) =>
    ladder.hear({
      event: 'reception-changed',
      data: { reception: 'full', chosen: 'full', pinned: false, cause: 'chosen', ...over },
    })

  beforeEach(() => {
    memory = { reception: null }
    told = []
    said = []
    isJoined = true
    failure = null
    problems = 0
    ladder = make()
  })

  it('begins with everything, and tells a new seat nothing', () => {
    ladder.joined(joined(false, own('full')))
    expect(ladder.view).toEqual({ chosen: 'full', step: 'full', isPinned: false, use })
    expect(told).toEqual([])
  })

  it('keeps a choice over a reload, and tells it to a seat that does not know it', () => {
    ladder.choose('audio')
    ladder = make()
    expect(ladder.view).toMatchObject({ chosen: 'audio', step: 'audio' })
    told = []
    ladder.joined(joined(true, own('text')))
    expect(told, 'the seat was kept, and is lower just now').toEqual([])
    expect(ladder.view).toMatchObject({ chosen: 'audio', step: 'text' })
    ladder.joined(joined(false, own('full')))
    expect(told).toEqual([{ reception: 'audio', pinned: false }])
    expect(ladder.view.step).toBe('audio')
  })

  it('keeps that it is pinned', () => {
    ladder.choose('slides', true)
    ladder = make()
    expect(ladder.view).toMatchObject({ chosen: 'slides', isPinned: true })
  })

  it('does not trip over what something else has left', () => {
    memory.reception = 'everything, please'
    expect(make().view.chosen).toBe('full')
  })

  const settle = () => new Promise((done) => setTimeout(done, 0))

  it('tells a choice that was made without a connection when it is back', async () => {
    isJoined = false
    ladder.choose('saver')
    expect(told).toEqual([])
    isJoined = true
    failure = new RequestError('timeout', 'no answer')
    ladder.joined(joined(true, own('full')))
    await settle()
    failure = null
    ladder.joined(joined(true, own('full')))
    expect(told).toEqual([
      { reception: 'saver', pinned: false },
      { reception: 'saver', pinned: false },
    ])
    await settle()
    ladder.joined(joined(true, own('saver')))
    expect(told).toHaveLength(2)
  })

  it('says what a weak line did, and undoes it', () => {
    change({ reception: 'audio', cause: 'weak-line' })
    expect(said[0]?.text).toBe('Your connection is weak: video is off to protect the sound')
    expect(ladder.view).toMatchObject({ chosen: 'full', step: 'audio', isPinned: false })
    said[0]?.action?.run()
    expect(told).toEqual([{ reception: 'full', pinned: true }])
    expect(ladder.view).toMatchObject({ chosen: 'full', step: 'full', isPinned: true })
  })

  it('says what is back, with nothing to undo', () => {
    change({ reception: 'audio', cause: 'weak-line' })
    change({ reception: 'full', cause: 'recovered' })
    expect(said.at(-1)).toEqual({ text: 'Your connection is better: everything is back', action: undefined })
  })

  it('is silent about what was chosen here, and keeps to it while the server answers something older', async () => {
    ladder.choose('audio')
    change({ reception: 'audio', chosen: 'full', cause: 'chosen' })
    expect(ladder.view.chosen).toBe('audio')
    await settle()
    change({ reception: 'audio', chosen: 'audio' })
    expect(ladder.view).toMatchObject({ chosen: 'audio', step: 'audio' })
    expect(said).toEqual([])
  })

  it('takes up what a tutor suggests, if one likes', () => {
    const suggest = () =>
      ladder.hear({ event: 'reception-suggested', data: { reception: 'audio', by: 'Emmy' } })
    suggest()
    expect(said[0]?.text).toBe('Emmy suggests: Sound only')
    expect(told).toEqual([])
    said[0]?.action?.run()
    expect(told).toEqual([{ reception: 'audio', pinned: false }])
    suggest()
    expect(said, 'it is so already').toHaveLength(1)
  })

  it('leaves other events to others', () => {
    expect(ladder.hear({ event: 'connection-quality', data: { quality: 'good' } })).toBe(false)
  })

  it('knows which steps have pictures', () => {
    expect(STEPS.filter((step) => !isWithoutPictures(step))).toEqual(['full', 'saver', 'slides'])
  })

  it('tells when a choice could not be made', async () => {
    failure = new RequestError('rate_limited', 'wait')
    ladder.choose('audio')
    await settle()
    expect(problems).toBe(1)
  })
})
