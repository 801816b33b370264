import { render } from 'svelte/server'
import { describe, expect, it } from 'vitest'
import type { LiveClass, Role } from '../protocol/protocol.gen'
import type { DeviceState } from '../state/devices.svelte'
import { liveClass as running } from '../testing/room'
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

function page(role: Role, known: boolean) {
  const speaker = { id: 'speaker', label: 'Loudspeaker' }
  const devices = {
    tracks: { mic: null, camera: null },
    switching: { mic: false, camera: false },
    devices: { mics: [], cameras: [], speakers: known ? [speaker] : [] },
    choice: { mic: null, camera: null, speaker: null },
    advice: '',
    canChooseSpeaker: true,
  }
  const identity = { userId: 'ada', name: 'Ada', role, course: 'mathematics' }
  return render(Join, {
    props: {
      identity,
      liveClass: known ? liveClass : null,
      devices: devices as unknown as DeviceState,
      problem: '',
      isJoining: false,
      onjoin: () => undefined,
    },
  }).body
}

/** All that takes a place of its own. What can be chosen in a list does not. */
const places = (html: string) => html.match(/<(?!option)[a-z]\w*/g)
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
    expect(page('student', false)).not.toContain('participants')
  })
})
