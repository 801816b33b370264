import { beforeEach, describe, expect, it } from 'vitest'
import { NoticeBoard } from './notices'
import { bare } from '../testing/text'

describe('NoticeBoard', () => {
  let board: NoticeBoard
  beforeEach(() => {
    board = new NoticeBoard()
  })
  const texts = () => board.notices.map((notice) => bare(notice.text))

  it('puts many of one kind together', () => {
    board.person('joined', { id: 'Ana', name: 'Ana' }, 0)
    expect(texts()).toEqual(['Ana joined'])
    board.person('joined', { id: 'Ben', name: 'Ben' }, 100)
    expect(texts()).toEqual(['Ana and Ben joined'])
    board.person('joined', { id: 'Cleo', name: 'Cleo' }, 200)
    expect(texts()).toEqual(['3 people joined'])
    board.person('hand', { id: 'Ana', name: 'Ana' }, 300)
    expect(texts()).toEqual(['3 people joined', 'Ana raised a hand'])
  })

  it('keeps the direction of a name to the name', () => {
    board.person('joined', { id: 'ana', name: '\u202eanA' }, 0)
    expect(board.notices[0]?.text).toBe('\u2068\u202eanA\u2069 joined')
  })

  it('does not count somebody twice', () => {
    board.person('joined', { id: 'Ana', name: 'Ana' }, 0)
    board.person('joined', { id: 'Ana', name: 'Ana' }, 100)
    expect(texts()).toEqual(['Ana joined'])
  })

  it('begins anew after the notice is gone', () => {
    board.person('joined', { id: 'Ana', name: 'Ana' }, 0)
    expect(board.nextEnd).toBe(4_000)
    board.person('joined', { id: 'Ben', name: 'Ben' }, 4_000)
    expect(texts()).toEqual(['Ben joined'])
    board.expire(8_000)
    expect(texts()).toEqual([])
    expect(board.nextEnd).toBeNull()
  })

  it('does not repeat itself, shows three at most, and can be dismissed', () => {
    for (const text of ['a', 'b', 'b', 'c', 'd']) board.say('problem', text, 0)
    expect(texts()).toEqual(['b', 'c', 'd'])
    board.dismiss(board.notices[0]?.id ?? 0)
    expect(texts()).toEqual(['c', 'd'])
  })

  it('keeps two of the same name apart', () => {
    for (const id of ['1', '2', '3']) board.person('hand', { id, name: 'Ana' }, 0)
    expect(texts()).toEqual(['3 people raised their hands'])
  })

  it('offers what to do, and takes back what is undone', () => {
    const done: string[] = []
    const action = (kind: string, doers: readonly { name: string }[]) => ({
      label: `${kind} ${String(doers.length)}`,
      run: () => done.push(...doers.map(({ name }) => name)),
    })
    board = new NoticeBoard(action)
    board.person('hand', { id: 'ana', name: 'Ana' }, 0)
    board.person('hand', { id: 'ben', name: 'Ben' }, 1_000)
    expect(board.notices[0]?.action?.label).toBe('hand 2')
    board.undone('hand', 'ana', 2_000)
    expect(texts()).toEqual(['Ben raised a hand'])
    expect(board.nextEnd, 'its time goes on').toBe(16_000)
    board.notices[0]?.action?.run()
    expect(done).toEqual(['Ben'])
    board.undone('hand', 'cleo', 2_000)
    board.undone('hand', 'ben', 2_000)
    expect(texts()).toEqual([])
  })

  it('leaves time to do something about it', () => {
    const action = { label: 'Undo', run: () => undefined }
    board.say('info', 'a', 0, action)
    expect(board.notices[0]?.action).toBe(action)
    expect(board.nextEnd).toBe(15_000)
    board.say('info', 'b', 0)
    expect(board.nextEnd).toBe(6_000)
  })
})
