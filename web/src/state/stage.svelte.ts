/** What is looked at in this class: the layout, its pages, pins, and pictures that are not to come. */
import type { Participant } from '../protocol/protocol.gen'
import {
  firstChoice,
  rememberedMode,
  rememberMode,
  settled,
  withMode,
  withOnly,
  withPin,
  withStopped,
  type Mode,
  type Picture,
  type ViewChoice,
} from '../room/choice'
import { arrange, type Layout, type LayoutInput } from '../room/layout'
import { afterSpeaking } from '../room/order'

type Seen = Omit<LayoutInput, 'recent' | 'area' | 'page' | 'choice' | 'orders'>

export class StageModel {
  choice = $state.raw<ViewChoice>(firstChoice(rememberedMode()))
  /** Of the grid, from 0. */
  page = $state(0)
  /** Room for the grid, px. */
  area = $state.raw({ width: 0, height: 0 })
  private recent = $state.raw<readonly string[]>([])
  /** Not reactive: each layout begins with the places of the one before. */
  private orders: LayoutInput['orders'] = { stage: [], grid: [] }
  private share: string | null = null

  /** The room changed. */
  follow(users: readonly Participant[], activeSpeakerId: string | null): void {
    this.choice = settled(this.choice, users)
    this.recent = afterSpeaking(this.recent, activeSpeakerId)
  }

  arrange(seen: Seen): Layout {
    const { recent, area, page, choice, orders } = this
    const layout = arrange({ ...seen, recent, area, page, choice, orders })
    this.orders = { ...orders, [layout.mode]: layout.order }
    this.share = layout.share
    return layout
  }

  show(mode: Mode): void {
    this.choice = withMode(this.choice, mode, this.share)
    this.page = 0
    rememberMode(mode)
  }

  turn(page: number): void {
    this.page = page
  }

  pin(picture: Picture | null): void {
    this.choice = withPin(this.choice, picture, this.share)
  }

  stop(picture: Picture, isStopped: boolean): void {
    this.choice = withStopped(this.choice, picture, isStopped)
  }

  only(picture: Picture | null): void {
    this.choice = withOnly(this.choice, picture)
  }
}
