/** Having notifications shown by this browser while no page is open: Web Push, and what may stand in its way. */
import type {
  AddPushSubscription,
  PushKey,
  PushSubscription,
  PushSubscriptionList,
} from '../protocol/protocol.gen'
import type { RestClient } from '../protocol/rest'
import { Broadcast } from '../room/broadcast'

export type PushState =
  /** Not known yet. */
  | 'unknown'
  /** This browser cannot. */
  | 'unsupported'
  /** An iPhone or iPad: only a page that was put on the home screen may. */
  | 'install'
  /** Refused once; only the browser's settings can change that. */
  | 'denied'
  | 'off'
  | 'on'

export interface PushView {
  state: PushState
  isBusy: boolean
  /** Every browser of this account that is told; null until the list has come. */
  devices: readonly PushSubscription[] | null
  /** The one of `devices` that is this browser. */
  ownId: string | null
  problem: string
}

/** What is used of a browser's subscription. */
export interface Subscription {
  endpoint: string
  toJSON(): PushSubscriptionJSON
  unsubscribe(): Promise<boolean>
}

/** What is asked of the browser. */
export interface PushBrowser {
  isSupported: boolean
  /** Of iOS, in a tab: it would be supported from the home screen. */
  isToBeInstalled: boolean
  permission(): NotificationPermission
  ask(): Promise<NotificationPermission>
  /** Fails when there is no service worker within a few seconds. */
  current(): Promise<Subscription | null>
  subscribe(key: string): Promise<Subscription>
}

export interface PushPorts {
  rest: Pick<RestClient, 'call'>
  browser: PushBrowser
  storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> | null
  userId: string
}

interface Own {
  userId: string
  id: string
  endpoint: string
}

const KEY = 'podium.push'
const ALL = '/api/v1/push/subscriptions'

export class PushOptIn {
  private state: PushState = 'unknown'
  private isBusy = false
  private devices: PushSubscription[] | null = null
  private own: Own | null = null
  private problem = ''
  private readonly views = new Broadcast(() => this.view)

  constructor(private readonly ports: PushPorts) {}

  get view(): PushView {
    const { state, isBusy, devices, own, problem } = this
    return { state, isBusy, devices, ownId: own?.id ?? null, problem }
  }

  subscribe(listener: (view: PushView) => void): () => void {
    return this.views.subscribe(listener)
  }

  /** Looks, and asks nobody anything. */
  async open(): Promise<void> {
    await this.act(async () => {
      this.devices = await this.list()
      this.state = await this.look(this.devices)
    })
  }

  /** To be called inside a click: the browser asks for permission. */
  async enable(): Promise<void> {
    const { browser, rest, userId } = this.ports
    await this.act(async () => {
      if ((await browser.ask()) !== 'granted') {
        this.state = browser.permission() === 'denied' ? 'denied' : 'off'
        return
      }
      const { publicKey } = await rest.call<PushKey>('GET', '/api/v1/push/key')
      const subscription = await browser.subscribe(publicKey)
      const added = await rest.call<PushSubscription>('POST', ALL, wire(subscription))
      this.keep({ userId, id: added.id, endpoint: subscription.endpoint })
      this.devices = await this.list()
      this.state = 'on'
    })
  }

  async disable(): Promise<void> {
    await this.act(async () => {
      const id = this.own?.id
      // The browser first: then nothing comes here, whatever the server still believes.
      await (await this.ports.browser.current())?.unsubscribe()
      this.keep(null)
      this.state = 'off'
      if (id !== undefined) await this.forget(id)
    })
  }

  /** Another browser is to be told nothing any more. */
  async remove(id: string): Promise<void> {
    if (id === this.own?.id) await this.disable()
    else await this.act(() => this.forget(id))
  }

  private async look(devices: readonly PushSubscription[]): Promise<PushState> {
    const { browser, userId } = this.ports
    if (browser.isToBeInstalled) return 'install'
    if (!browser.isSupported) return 'unsupported'
    if (browser.permission() === 'denied') return 'denied'
    const kept = this.kept()
    if (browser.permission() !== 'granted' || kept?.userId !== userId) return 'off'
    const current = await browser.current().catch(() => null)
    const isOn = current?.endpoint === kept.endpoint && devices.some(({ id }) => id === kept.id)
    this.own = isOn ? kept : null
    return isOn ? 'on' : 'off'
  }

  private async list(): Promise<PushSubscription[]> {
    return (await this.ports.rest.call<PushSubscriptionList>('GET', ALL)).items
  }

  private async forget(id: string): Promise<void> {
    await this.ports.rest.call('DELETE', `${ALL}/${id}`)
    this.devices = this.devices?.filter((one) => one.id !== id) ?? null
  }

  private kept(): Own | null {
    try {
      const kept = JSON.parse(this.ports.storage?.getItem(KEY) ?? 'null') as Partial<Own> | null
      const { userId, id, endpoint } = kept ?? {}
      return userId && id && endpoint ? { userId, id, endpoint } : null
    } catch {
      return null
    }
  }

  private keep(own: Own | null): void {
    this.own = own
    try {
      if (own === null) this.ports.storage?.removeItem(KEY)
      else this.ports.storage?.setItem(KEY, JSON.stringify(own))
    } catch {
      // Without storage it is asked for again after a reload, which does no harm.
    }
  }

  private async act(work: () => Promise<void>): Promise<void> {
    this.isBusy = true
    this.problem = ''
    this.views.changed()
    try {
      await work()
    } catch (error) {
      this.problem = error instanceof Error ? error.message : String(error)
    }
    this.isBusy = false
    this.views.changed()
  }
}

function wire(subscription: Subscription): AddPushSubscription {
  const { endpoint, keys, expirationTime } = subscription.toJSON()
  return {
    endpoint: endpoint ?? subscription.endpoint,
    keys: { p256dh: keys?.['p256dh'] ?? '', auth: keys?.['auth'] ?? '' },
    expirationTime: expirationTime ?? null,
  }
}
