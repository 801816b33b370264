import { render } from 'svelte/server'
import { describe, expect, it } from 'vitest'
import { ServerClock } from '../protocol/clock'
import type { JoinInfo, LiveClass, Role } from '../protocol/protocol.gen'
import type { DeviceState } from '../state/devices.svelte'
import { liveClass as running } from '../testing/room'
import type { JoinModel } from '../state/join.svelte'
import Join from './Join.svelte'

const liveClass: LiveClass = {
  ...running,
  id: 'maths',
  courseId: 'mathematics',
  title: 'Fractions',
  status: 'live',
  sessionId: 'session',
  startedAt: null,
  endedAt: null,
  participantCount: 2,
}

const info = (role: Role): JoinInfo => ({
  liveClass,
  role,
  tutors: ['Emmy Noether', 'Ada'],
  receptionUse: [{ reception: 'full', megabytesPerHour: 697 }],
  now: '2026-01-01T10:00:00Z',
  sessionId: 'session',
  canJoin: true,
  reason: null,
  waits: false,
  url: null,
  socketPath: '/socket.io/',
  media: null,
})

const model = {
  clock: new ServerClock(),
  proposal: { step: 'full', why: 'usual' },
  step: 'full',
  chosen: null,
  line: null,
  verdict: null,
  lineState: 'unknown',
  isForgetful: false,
}

function page(role: Role, known: boolean) {
  const speaker = { id: 'speaker', label: 'Loudspeaker' }
  const devices = {
    tracks: { mic: null, camera: null },
    switching: { mic: false, camera: false },
    devices: { mics: [], cameras: [], speakers: known ? [speaker] : [] },
    choice: { mic: null, camera: null, speaker: null },
    advice: '',
    trouble: null,
    speakerTest: 'none',
    canChooseSpeaker: true,
  }
  const identity = { userId: 'ada', name: 'Ada', role, course: 'mathematics' }
  return render(Join, {
    props: {
      identity,
      info: known ? info(role) : null,
      model: model as unknown as JoinModel,
      devices: devices as unknown as DeviceState,
      problem: '',
      isJoining: false,
      onjoin: () => undefined,
    },
  }).body
}

/** All that takes a place of its own: not what stands in a line, and not what can be chosen in a list. */
const places = (html: string) => html.match(/<(?!option|select|span|bdi|time)[a-z]\w*/g)
const texts = (html: string) =>
  [...html.matchAll(/<(?:p|h1)[^>]*>([^<]*)<\/(?:p|h1)>/g)].map((found) => found[1])

describe('Join', () => {
  it.each(['student', 'tutor', 'guest'] as const)('keeps everything in its place for a %s', (role) => {
    expect(places(page(role, false))).toEqual(places(page(role, true)))
    expect(texts(page(role, false))).not.toContain('')
  })

  it('says what it knows', () => {
    expect(page('student', true)).toContain('Live now')
    expect(page('student', true)).toContain('2 participants')
    expect(page('student', true)).toContain('Emmy Noether and Ada')
    expect(page('student', true)).toContain('about 700 MB/h')
    expect(page('student', false)).not.toContain('participants')
  })
})
