import { describe, expect, it } from 'vitest'
import type { Slot, Source } from '../protocol/protocol.gen'
import { person } from '../testing/room'
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

  it('does not wait for a tutor who is away when another is here', () => {
    const away = { ...tutor, isVideoOn: false, isReconnecting: true }
    const second = person('second', { role: 'tutor' })
    const { stage, strip } = arrange(input({ users: [away, me, second, ben], slots: [] }))
    expect(stage?.key).toBe('second:none')
    expect(strip.map((tile) => tile.participant.id)).toEqual(['ben', 'tutor'])
  })

  it('is empty when nobody else is here', () => {
    expect(arrange(input({ users: [me] }))).toEqual({ stage: null, strip: [], hidden: 0, shown: [] })
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
