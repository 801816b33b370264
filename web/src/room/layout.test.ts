import { describe, expect, it } from 'vitest'
import type { Slot, Source } from '../protocol/protocol.gen'
import { person } from '../testing/room'
import { firstChoice, withMode, withOnly, withPin } from './choice'
import { arrange, type LayoutInput } from './layout'

const tutor = person('tutor', { role: 'tutor', isVideoOn: true, isAudioOn: true })
const ana = person('ana', { isVideoOn: true, isAudioOn: true })
const ben = person('ben')
const me = person('me', { isVideoOn: true })

const line = (mid: string, participantId: string, source: Source): Slot => ({
  mid,
  kind: 'video',
  participantId,
  source,
})

const input = (over: Partial<LayoutInput> = {}): LayoutInput => ({
  users: [tutor, me, ana, ben],
  slots: [line('5', 'tutor', 'camera'), line('6', 'ana', 'camera')],
  selfId: 'me',
  activeSpeakerId: null,
  step: 'full',
  stripSize: 10,
  recent: [],
  area: { width: 1200, height: 700 },
  page: 0,
  choice: firstChoice('stage'),
  orders: { stage: [], grid: [] },
  isSharing: false,
  ...over,
})

describe('the stage', () => {
  it('shows the camera of the tutor', () => {
    expect(arrange(input()).stage).toMatchObject({ key: 'tutor:camera', source: 'camera', mid: '5' })
  })

  it('shows the screen of the tutor before all, with the camera in the strip', () => {
    const users = [{ ...tutor, isScreenOn: true }, me, ana]
    const { stage, strip } = arrange(
      input({ users, slots: [...input().slots, line('7', 'tutor', 'screen')] }),
    )
    expect(stage).toMatchObject({ key: 'tutor:screen', mid: '7' })
    expect(strip[0]).toMatchObject({ key: 'tutor:camera', mid: '5' })
  })

  it('keeps the camera until the shared screen has a line', () => {
    const users = [{ ...tutor, isScreenOn: true }, me]
    expect(arrange(input({ users })).stage?.key).toBe('tutor:camera')
  })

  it('shows who speaks when the tutor has no camera on', () => {
    const users = [{ ...tutor, isVideoOn: false }, me, ana, ben]
    expect(arrange(input({ users, activeSpeakerId: 'ana' })).stage?.key).toBe('ana:camera')
  })

  it('shows the name of the tutor when there is no picture', () => {
    const users = [{ ...tutor, isVideoOn: false }, me, ben]
    expect(arrange(input({ users, slots: [] })).stage).toMatchObject({
      key: 'tutor:none',
      source: null,
      mid: null,
    })
  })

  it('shows a student to the tutor, never the tutor to itself', () => {
    const { stage, strip } = arrange(input({ selfId: 'tutor', users: [tutor, ben, ana] }))
    expect(stage?.key).toBe('ana:camera')
    expect(strip.map((tile) => tile.key)).toEqual(['ben:none'])
  })

  it('shows a tutor no initials of students', () => {
    const { stage, strip } = arrange(input({ selfId: 'tutor', users: [tutor, ben], slots: [] }))
    expect(stage).toBeNull()
    expect(strip.map((tile) => tile.key)).toEqual(['ben:none'])
  })

  it('is free for what one shares oneself', () => {
    const { stage, strip, shown } = arrange(
      input({ selfId: 'tutor', users: [tutor, ana, ben], isSharing: true }),
    )
    expect(stage).toBeNull()
    expect(strip[0]?.key).toBe('ana:camera')
    expect(shown[0]).toEqual({ participantId: 'ana', source: 'camera', place: 'strip' })
  })

  it('stays with who spoke last while nobody speaks', () => {
    const users = [{ ...tutor, isVideoOn: false }, me, ana, ben]
    expect(arrange(input({ users, recent: ['ben', 'ana'] })).stage?.key).toBe('ana:camera')
  })

  it('shows what is pinned, picture or not', () => {
    const choice = withPin(firstChoice('grid'), { participantId: 'ben', source: 'camera' }, null)
    expect(arrange(input({ choice }))).toMatchObject({ mode: 'stage', stage: { key: 'ben:none' } })
  })

  it('does not wait for a tutor who is away when another is here', () => {
    const away = { ...tutor, isVideoOn: false, isReconnecting: true }
    const second = person('second', { role: 'tutor' })
    const { stage, strip } = arrange(input({ users: [away, me, second, ben], slots: [] }))
    expect(stage?.key).toBe('second:none')
    expect(strip.map((tile) => tile.participant.id)).toEqual(['ben', 'tutor'])
  })

  it('is empty when nobody else is here', () => {
    expect(arrange(input({ users: [me] }))).toMatchObject({ stage: null, strip: [], hidden: 0, shown: [] })
  })
})

describe('the strip', () => {
  it('has pictures first, never oneself, and counts who has no tile', () => {
    const users = [tutor, me, ben, ana, person('cleo'), person('dan')]
    const { strip, hidden } = arrange(input({ users, stripSize: 2 }))
    expect(strip.map((tile) => tile.key)).toEqual(['ana:camera', 'ben:none'])
    expect(hidden).toBe(2)
  })

  it('shows initials for a camera that is off, even while its line still names it', () => {
    const users = [tutor, me, { ...ana, isVideoOn: false }]
    expect(arrange(input({ users })).strip.map((tile) => tile.key)).toEqual(['ana:none'])
  })

  it('marks who speaks, and only with the mic on', () => {
    const at = (user: typeof ana) => arrange(input({ users: [tutor, user], activeSpeakerId: 'ana' })).strip[0]
    expect(at(ana)?.isSpeaking).toBe(true)
    expect(at({ ...ana, isAudioOn: false })?.isSpeaking).toBe(false)
  })
})

it.each(['audio', 'text'] as const)('shows no picture at all on the step %s', (step) => {
  const { stage, strip } = arrange(input({ step }))
  expect([stage, ...strip].map((tile) => tile?.mid)).toEqual([null, null, null])
})

describe('a paused picture', () => {
  const slots: Slot[] = [line('5', 'tutor', 'camera'), { ...line('6', 'ana', 'camera'), paused: true }]

  it('stands while the line is weak', () => {
    expect(arrange(input({ slots })).strip[0]).toMatchObject({ key: 'ana:camera', mid: '6', isPaused: true })
  })

  it('gives way to initials on a step that leaves it out', () => {
    const [tile] = arrange(input({ slots, step: 'saver' })).strip
    expect(tile).toMatchObject({ key: 'ana:none', source: null, isPaused: true })
  })
})

describe('what is wanted', () => {
  const names = (over: Partial<LayoutInput>) =>
    arrange(input(over)).shown.map(
      ({ participantId, source, place }) => `${participantId} ${source} ${place}`,
    )

  it('is every picture that is on, whether it has a line or not, that of the stage first', () => {
    const users = [{ ...tutor, isScreenOn: true }, me, ana, ben]
    expect(names({ users, slots: [] })).toEqual([
      'tutor screen stage',
      'tutor camera strip',
      'ana camera strip',
    ])
  })

  it('tells apart what there is no room for', () => {
    const cleo = person('cleo', { isVideoOn: true, isScreenOn: true })
    const users = [{ ...tutor, isScreenOn: true }, ben, ana, cleo]
    expect(names({ users, stripSize: 2 })).toEqual([
      'tutor screen stage',
      'tutor camera strip',
      'ana camera strip',
      'cleo camera none',
      'cleo screen none',
    ])
  })

  it('does not change with the step of the ladder', () => {
    expect(names({ step: 'audio' })).toEqual(names({}))
  })
})

describe('the grid', () => {
  const choice = firstChoice('grid')
  const slots: Slot[] = [...Array(9).keys()].map((index) => ({
    mid: String(index),
    kind: 'video',
    participantId: null,
    source: null,
  }))
  const names = (over: Partial<LayoutInput>) => {
    const { strip, grid } = arrange(input({ choice, slots, ...over }))
    return [strip.map((tile) => tile.place.replace(':camera', '')).join(' '), grid?.page, grid?.pages]
  }
  const students = [...'abcdefgh'].map((id) => person(id))

  it('has everyone but oneself, whose tile is first', () => {
    expect(names({})).toEqual(['tutor ana ben', 0, 1])
  })

  it('has pages where there is little room, and none beyond the last', () => {
    const small = { users: [me, ...students], area: { width: 600, height: 500 } }
    expect(names(small)).toEqual(['a b c', 0, 3])
    expect(names({ ...small, page: 2 })).toEqual(['g h', 2, 3])
    expect(names({ ...small, page: 9 })).toEqual(['g h', 2, 3])
  })

  it('swaps in who speaks, and moves nobody else', () => {
    const small = { users: [me, ...students], area: { width: 600, height: 500 } }
    const { order } = arrange(input({ choice, slots, ...small }))
    expect(names({ ...small, orders: { stage: [], grid: order }, recent: ['g'] })).toEqual(['a b g', 0, 3])
    expect(names({ ...small, orders: { stage: [], grid: order }, recent: ['b'] })).toEqual(['a b c', 0, 3])
  })

  it('asks for the pictures of its page alone', () => {
    const users = [me, ...students.map((user) => ({ ...user, isVideoOn: true }))]
    const { shown } = arrange(input({ choice, users, slots, area: { width: 600, height: 500 }, page: 1 }))
    expect(shown.filter(({ place }) => place === 'strip').map((one) => one.participantId)).toEqual([...'def'])
    expect(shown).toHaveLength(8)
  })

  it('gives way to a shared screen that comes, unless it was chosen since', () => {
    const users = [{ ...tutor, isScreenOn: true }, me, ana]
    const waiting = arrange(input({ choice, users }))
    expect(waiting).toMatchObject({ mode: 'grid', share: null })
    expect(waiting.strip[0]?.place).toBe('tutor:screen')
    const lines = [line('7', 'tutor', 'screen')]
    expect(arrange(input({ choice, users, slots: lines }))).toMatchObject({
      mode: 'stage',
      share: 'tutor',
      stage: { mid: '7' },
    })
    const since = withMode(choice, 'grid', 'tutor')
    expect(arrange(input({ choice: since, users, slots: lines })).mode).toBe('grid')
  })
})

it('does not ask for pictures that were stopped', () => {
  const choice = withOnly(firstChoice('stage'), { participantId: 'tutor', source: 'camera' })
  const { shown, strip } = arrange(input({ choice }))
  expect(shown.map(({ participantId, place }) => `${participantId} ${place}`)).toEqual([
    'tutor stage',
    'ana none',
  ])
  expect(strip[0]).toMatchObject({ key: 'ana:none', isStopped: true })
})
