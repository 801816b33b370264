import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { TrackWish } from '../protocol/protocol.gen'
import { FakePage } from '../testing/page'
import type { Shown } from './layout'
import { GROW_AFTER_MS, RETRY_AFTER_MS, SHRINK_AFTER_MS, Wishes } from './wishes'

const stage: Shown = { participantId: 'tutor', source: 'screen', place: 'stage' }
const strip = (participantId: string): Shown => ({ participantId, source: 'camera', place: 'strip' })

describe('Wishes', () => {
  let page: FakePage
  let told: TrackWish[][]
  let isJoined: boolean
  let refusals: number
  let wishes: Wishes

  const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)
  const last = () => told.at(-1)?.map((wish) => `${wish.participantId} ${wish.source} ${String(wish.height)}`)

  beforeEach(() => {
    vi.useFakeTimers()
    page = new FakePage()
    told = []
    isJoined = true
    refusals = 0
    wishes = new Wishes({
      tell: (list) => {
        told.push(list)
        return refusals-- > 0 ? Promise.reject(new Error('no')) : Promise.resolve()
      },
      isJoined: () => isJoined,
      page,
    })
  })
  afterEach(() => {
    wishes.close()
    vi.useRealTimers()
  })

  async function settled(): Promise<void> {
    wishes.show([stage, strip('ana'), strip('ben'), { ...strip('cleo'), place: 'none' }])
    wishes.measure('stage', 700)
    wishes.measure({ participantId: 'ana' }, 117)
    wishes.measure({ participantId: 'ben' }, 117)
    await pass(SHRINK_AFTER_MS)
  }

  it('names what is to be seen, the stage first, in one message', async () => {
    await settled()
    expect(told).toHaveLength(1)
    expect(last()).toEqual(['tutor screen 704', 'ana camera 128', 'ben camera 128', 'cleo camera 0'])
  })

  it('says nothing twice', async () => {
    await settled()
    wishes.measure('stage', 699)
    wishes.show([stage, strip('ana'), strip('ben'), { ...strip('cleo'), place: 'none' }])
    await pass(10_000)
    expect(told).toHaveLength(1)
  })

  it('tells soon what grows, later what shrinks', async () => {
    await settled()
    wishes.measure('stage', 900)
    await pass(GROW_AFTER_MS)
    expect(told).toHaveLength(2)
    wishes.measure({ participantId: 'ana' }, 0)
    await pass(SHRINK_AFTER_MS - 1)
    expect(told).toHaveLength(2)
    await pass(1)
    expect(last()).toEqual(['tutor screen 912', 'ana camera 0', 'ben camera 128', 'cleo camera 0'])
  })

  it('says nothing of what was only a moment', async () => {
    await settled()
    wishes.measure({ participantId: 'ana' }, 0)
    await pass(SHRINK_AFTER_MS - 1)
    wishes.measure({ participantId: 'ana' }, 117)
    await pass(10_000)
    expect(told).toHaveLength(1)
  })

  it('takes along what shrank when something grows', async () => {
    await settled()
    wishes.measure({ participantId: 'ana' }, 0)
    wishes.measure('stage', 900)
    await pass(GROW_AFTER_MS)
    expect(last()?.slice(0, 2)).toEqual(['tutor screen 912', 'ana camera 0'])
  })

  it('wants no picture while nobody sees the page', async () => {
    await settled()
    page.become('hidden')
    await pass(SHRINK_AFTER_MS)
    expect(last()).toEqual(['tutor screen 0', 'ana camera 0', 'ben camera 0', 'cleo camera 0'])
    page.become('visible')
    await pass(GROW_AFTER_MS)
    expect(last()?.[0]).toBe('tutor screen 704')
  })

  it('wants a picture that is to come as large as the others', async () => {
    await settled()
    wishes.show([stage, strip('ana'), strip('ben'), strip('cleo')])
    await pass(GROW_AFTER_MS)
    expect(last()?.at(-1)).toBe('cleo camera 128')
  })

  it('wants what comes forward soon', async () => {
    await settled()
    wishes.show([stage, strip('ben'), strip('ana'), { ...strip('cleo'), place: 'none' }])
    await pass(GROW_AFTER_MS)
    expect(last()?.[1]).toBe('ben camera 128')
  })

  it('waits for the seat, and tells it again when it is taken anew', async () => {
    isJoined = false
    await settled()
    expect(told).toEqual([])
    isJoined = true
    wishes.forget()
    await pass(GROW_AFTER_MS)
    expect(told).toHaveLength(1)
    wishes.forget()
    await pass(GROW_AFTER_MS)
    expect(told).toHaveLength(2)
  })

  it('tells again, after a while, what was refused', async () => {
    refusals = 1
    await settled()
    expect(told).toHaveLength(1)
    await pass(RETRY_AFTER_MS)
    expect(told).toHaveLength(2)
    await pass(10_000)
    expect(told).toHaveLength(2)
  })

  it('keeps within the protocol', async () => {
    wishes.show(Array.from({ length: 150 }, (_, index) => strip(`p${String(index)}`)))
    wishes.measure('stage', 9_000)
    wishes.measure({ participantId: 'p0' }, 9_000)
    await pass(SHRINK_AFTER_MS)
    expect(told[0]).toHaveLength(100)
    expect(told[0]?.[0]?.height).toBe(4320)
  })
})
