import { ChatFiles } from '../chat/files'
import { KeptTexts } from '../chat/kept'
import { Capture } from '../media/capture'
import type { ChatMessage, Joined, MediaSetup, Source } from '../protocol/protocol.gen'
import { RestClient } from '../protocol/rest'
import { Seat } from '../room/seat'
import { Session } from '../room/session'
import type { PageWatch } from '../room/session-ports'
import { FakeDevices } from './devices'
import { FakePage } from './page'
import { FakePath } from './path'
import { person, snapshot } from './room'
import { FakeSocket } from './socket'
import { MemoryStorage } from './storage'

export const me = person('me')
export const tutor = person('tutor', { role: 'tutor' })

/** The answer to who comes into the room with a tutor in it. */
export const joined = (over: Partial<Joined> = {}): Joined => ({
  admission: 'admitted',
  participantId: 'me',
  sessionId: 'session-1',
  resumed: false,
  mediaKept: false,
  seq: 10,
  limits: { audioSlots: 1, videoSlots: 1, mayPublish: ['mic', 'camera'] },
  snapshot: snapshot({ seq: 10, existingUsers: [tutor, me] }),
  missed: [],
  own: { results: [], votes: [], tutor: null },
  chat: { roomId: 'chat-1', seq: 0, reset: true, messages: [] },
  ...over,
})

/** A session whose server, devices and network are moved by hand. Use it with fake timers. */
export class FakeVisit {
  readonly socket = new FakeSocket()
  readonly seat: Seat
  readonly devices = new FakeDevices()
  readonly page = new FakePage()
  readonly paths: FakePath[] = []
  /** How often the class that was waited for began. */
  started = 0
  /** What others said while one was there. */
  readonly said: ChatMessage[] = []
  /** How many lines of sound play. */
  playing = 0
  moveNetwork: () => void = () => undefined
  wake: Parameters<PageWatch>[0] | null = null
  /** What the browser gives without asking. */
  readonly granted = new Set<Source>()
  readonly session: Session

  /** `storage`: that of the tab, which outlives a reload. `setup`: what the page was told before. */
  constructor(storage: Storage = new MemoryStorage(), setup: MediaSetup | null = null) {
    this.seat = new Seat('demo', storage)
    this.socket.answers['join-session'] = () => joined()
    this.socket.answers['connect-media'] = () => ({ answer: '', slots: [] })
    this.session = new Session({
      liveClassId: 'demo',
      socket: this.socket,
      capture: new Capture(this.devices, { micId: null, cameraId: null, isPhone: false }),
      seat: this.seat,
      setup,
      chat: {
        rest: new RestClient(null, () => Promise.reject(new Error('away'))),
        files: new ChatFiles(null),
        kept: new KeptTexts(new MemoryStorage()),
        onSaid: (message) => this.said.push(message),
      },
      openPath: (_, onState) => {
        const path = new FakePath(onState)
        this.paths.push(path)
        return path
      },
      playAudio: (tracks) => (this.playing = tracks.length),
      onStarted: () => (this.started += 1),
      watchNetwork: (onChange) => {
        this.moveNetwork = onChange
        return () => (this.moveNetwork = () => undefined)
      },
      watchWake: (events) => {
        this.wake = events
        return () => (this.wake = null)
      },
      isGranted: (source) => Promise.resolve(this.granted.has(source)),
      page: this.page,
    })
    this.session.open()
  }
}
