import { beforeEach, describe, expect, it } from 'vitest'
import { NoticeBoard } from './notices'

describe('NoticeBoard', () => {
  let board: NoticeBoard
  beforeEach(() => {
    board = new NoticeBoard()
  })
  const texts = () => board.notices.map((notice) => notice.text)

  it('puts many of one kind together', () => {
    board.person('joined', 'Ana', 0)
    expect(texts()).toEqual(['Ana joined'])
    board.person('joined', 'Ben', 100)
    expect(texts()).toEqual(['Ana and Ben joined'])
    board.person('joined', 'Cleo', 200)
    expect(texts()).toEqual(['3 people joined'])
    board.person('hand', 'Ana', 300)
    expect(texts()).toEqual(['3 people joined', 'Ana raised a hand'])
  })

  it('does not count somebody twice', () => {
    board.person('joined', 'Ana', 0)
    board.person('joined', 'Ana', 100)
    expect(texts()).toEqual(['Ana joined'])
  })

  it('begins anew after the notice is gone', () => {
    board.person('joined', 'Ana', 0)
    expect(board.nextEnd).toBe(4_000)
    board.person('joined', 'Ben', 4_000)
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

  it('leaves time to do something about it', () => {
    const action = { label: 'Undo', run: () => undefined }
    board.say('info', 'a', 0, action)
    expect(board.notices[0]?.action).toBe(action)
    expect(board.nextEnd).toBe(15_000)
    board.say('info', 'b', 0)
    expect(board.nextEnd).toBe(6_000)
  })
})
