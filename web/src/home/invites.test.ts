import { expect, it } from 'vitest'
import type { Invite } from '../protocol/protocol.gen'
import { RestClient } from '../protocol/rest'
import { classInvite, inviteEnd } from './invites'

const DAY = 86_400_000
const NOW = Date.parse('2026-03-01T10:00:00Z')

const invite = (over: Partial<Invite> = {}): Invite => ({
  id: 'i',
  courseId: 'maths',
  liveClassId: 'demo',
  role: 'guest',
  label: '',
  token: 'known',
  expiresAt: new Date(NOW + 10 * DAY).toISOString(),
  maxUses: null,
  uses: 0,
  createdBy: 'emmy',
  createdAt: '2026-02-20T10:00:00Z',
  revokedAt: null,
  ...over,
})

function link(items: Invite[], scheduledAt: string | null = null) {
  const made: unknown[] = []
  const rest = new RestClient('token', (_, init) => {
    if (init?.method === 'GET') return Promise.resolve(Response.json({ items, nextCursor: null }))
    made.push(JSON.parse(init?.body as string))
    return Promise.resolve(Response.json(invite({ token: 'new' }), { status: 201 }))
  })
  const target = { id: 'demo', courseId: 'maths', scheduledAt }
  return classInvite(rest, target, 'https://x.example', NOW).then((url) => ({ url, made }))
}

it('gives the same link again while it works', async () => {
  await expect(link([invite()])).resolves.toEqual({ url: 'https://x.example/invite/known', made: [] })
})

it.each([
  ['another class', { liveClassId: null }],
  ['another role', { role: 'student' as const }],
  ['few people', { maxUses: 5 }],
  ['nobody any more', { revokedAt: '2026-02-21T10:00:00Z' }],
  ['a few days more', { expiresAt: new Date(NOW + 2 * DAY).toISOString() }],
])('makes a new one beside one for %s', async (_, over) => {
  const { url, made } = await link([invite(over)])
  expect(url).toBe('https://x.example/invite/new')
  expect(made).toMatchObject([{ role: 'guest', liveClassId: 'demo' }])
})

it('works until after the class, and no longer than the server allows', () => {
  const inDays = (days: number) => new Date(NOW + days * DAY).toISOString()
  expect(inviteEnd(null, NOW)).toBe(NOW + 14 * DAY)
  expect(inviteEnd(inDays(60), NOW)).toBe(NOW + 67 * DAY)
  expect(inviteEnd(inDays(500), NOW)).toBe(NOW + 364 * DAY)
})
