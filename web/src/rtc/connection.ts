/**
 * One RTCPeerConnection with one offer and one answer for its whole life, restarts of ICE left aside.
 *
 * Everything is offered at once: a sending line for each source, filled later by `setTrack`, and a fixed pool of
 * receiving lines (slots) which the server points at any track. So nothing is renegotiated when people come, go,
 * mute or share. The server answers checks only (ICE-lite), so the offer is sent without waiting for candidates.
 */
import { inspection } from '../debug'
import type { IceServer, MediaConnected, MediaSetup, Slot, Source } from '../protocol/protocol.gen'
import { wantedCodecs, type Direction, type Kind } from './codecs'
import { offeredEncodings } from './encodings'
import { withAudioNack } from './sdp'
import { SenderTuner } from './sender-tuner'

const LINE_ORDER: readonly Source[] = ['mic', 'camera', 'screen']

const KIND: Record<Source, Kind> = { mic: 'audio', camera: 'video', screen: 'video' }

/** Hands the offer to the server; `sources` says what each sending line (by mid) carries. */
export type Exchange = (offer: string, sources: Record<string, Source>) => Promise<MediaConnected>

/** Hands an offer with new ICE credentials to the server. */
export type RestartExchange = (offer: string) => Promise<MediaConnected>

/** What the room needs of a media connection. */
export type MediaPath = Pick<
  MediaConnection,
  | 'connect'
  | 'restart'
  | 'setTrack'
  | 'setLayers'
  | 'track'
  | 'audioTracks'
  | 'lastArrival'
  | 'micEnergy'
  | 'state'
  | 'close'
>

export interface ConnectionEvents {
  onState(state: RTCPeerConnectionState): void
}

interface SendingLine {
  line: RTCRtpTransceiver
  tuner: SenderTuner
}

export class MediaConnection {
  readonly pc: RTCPeerConnection
  private readonly senders = new Map<Source, SendingLine>()
  private readonly receivers: RTCRtpTransceiver[] = []

  constructor({ audioSlots, videoSlots, iceServers }: MediaSetup, events: ConnectionEvents) {
    this.pc = openPeer(iceServers)
    this.pc.onconnectionstatechange = () => {
      events.onState(this.pc.connectionState)
    }
    // also for what may not be sent yet: that can change, and must not need another offer
    for (const source of LINE_ORDER) {
      const line = addSender(this.pc, source)
      prefer(line, KIND[source], 'send')
      this.senders.set(source, { line, tuner: new SenderTuner(source, line.sender) })
    }
    this.addSlots('audio', audioSlots)
    this.addSlots('video', videoSlots)
  }

  /** Has the offer answered and says what the slots show. After a failure it may be called again: same offer. */
  async connect(exchange: Exchange): Promise<Slot[]> {
    if (!this.pc.localDescription) {
      inspection.offers += 1
      await this.offer()
    }
    const sources: Record<string, Source> = {}
    for (const [source, { line }] of this.senders) if (line.mid !== null) sources[line.mid] = source
    return this.take(await exchange(this.pc.localDescription?.sdp ?? '', sources))
  }

  /** New ICE credentials and addresses for the same connection. After a failure it may be called again. */
  async restart(iceServers: readonly IceServer[], exchange: RestartExchange): Promise<Slot[]> {
    useServers(this.pc, iceServers)
    await this.offer({ iceRestart: true })
    return this.take(await exchange(this.pc.localDescription?.sdp ?? ''))
  }

  /** Puts a track on the line of `source`, or takes it off. A source without a line is left alone. */
  async setTrack(source: Source, track: MediaStreamTrack | null): Promise<void> {
    const sending = this.senders.get(source)
    if (!sending || this.pc.signalingState === 'closed') return
    await sending.line.sender.replaceTrack(track)
    sending.tuner.retrack()
  }

  /** The layers (rids) of a source that anybody takes: others are not encoded. */
  setLayers(source: Source, layers: readonly string[]): void {
    this.senders.get(source)?.tuner.want(layers)
  }

  /** The track that arrives on this line; null when there is no such line. */
  track(mid: string): MediaStreamTrack | null {
    return this.receivers.find((line) => line.mid === mid)?.receiver.track ?? null
  }

  /** The lines that carry sound, in a fixed order. */
  get audioTracks(): MediaStreamTrack[] {
    return this.receivers.map((line) => line.receiver.track).filter((track) => track.kind === 'audio')
  }

  /** When sound or a picture came last, by the clock of the browser's choice; null before the first. */
  get lastArrival(): number | null {
    const times = this.receivers.flatMap((line) =>
      line.receiver.getSynchronizationSources().map((source) => source.timestamp),
    )
    return times.length > 0 ? Math.max(...times) : null
  }

  /** The energy of all that the mic gave so far, of its own unit; null where the browser does not tell. */
  async micEnergy(): Promise<number | null> {
    const report = await this.senders
      .get('mic')
      ?.line.sender.getStats()
      .catch(() => null)
    for (const entry of (report?.values() ?? []) as Iterable<Record<string, unknown>>) {
      const energy = entry['type'] === 'media-source' ? entry['totalAudioEnergy'] : undefined
      if (typeof energy === 'number') return energy
    }
    return null
  }

  get state(): RTCPeerConnectionState {
    return this.pc.connectionState
  }

  close(): void {
    for (const { tuner } of this.senders.values()) tuner.close()
    this.pc.onconnectionstatechange = null
    this.pc.close()
  }

  private async offer(options: RTCOfferOptions = {}): Promise<void> {
    const offer = await this.pc.createOffer(options)
    try {
      await this.pc.setLocalDescription({ type: 'offer', sdp: withAudioNack(offer.sdp ?? '') })
    } catch {
      await this.pc.setLocalDescription(offer) // Not every browser takes an offer that was changed.
    }
  }

  private async take({ answer, slots }: MediaConnected): Promise<Slot[]> {
    await this.pc.setRemoteDescription({ type: 'answer', sdp: answer })
    for (const { tuner } of this.senders.values()) tuner.ready()
    return slots
  }

  private addSlots(kind: Kind, count: number): void {
    for (let i = 0; i < count; i++) {
      const line = this.pc.addTransceiver(kind, { direction: 'recvonly' })
      prefer(line, kind, 'receive')
      this.receivers.push(line)
    }
  }
}

function openPeer(iceServers: readonly IceServer[]): RTCPeerConnection {
  const configuration: RTCConfiguration = { bundlePolicy: 'max-bundle', rtcpMuxPolicy: 'require' }
  try {
    return new RTCPeerConnection({ ...configuration, iceServers: iceServers.map(ofPage) })
  } catch {
    // An address of a relay that this browser cannot read must not cost the class.
    return new RTCPeerConnection(configuration)
  }
}

/** Their credentials are valid for a limited time: newer ones for the next restart. */
function useServers(pc: RTCPeerConnection, iceServers: readonly IceServer[]): void {
  try {
    pc.setConfiguration({ ...pc.getConfiguration(), iceServers: iceServers.map(ofPage) })
  } catch {
    // It goes on with those it has.
  }
}

const ofPage = ({ urls, username, credential }: IceServer): RTCIceServer =>
  username && credential ? { urls, username, credential } : { urls }

/** The sending line of a source; with temporal layers where the browser knows them. */
function addSender(pc: RTCPeerConnection, source: Source): RTCRtpTransceiver {
  const add = (isScalable: boolean) =>
    pc.addTransceiver(KIND[source], {
      direction: 'sendonly',
      sendEncodings: offeredEncodings(source, isScalable),
    })
  try {
    return add(true)
  } catch {
    return add(false)
  }
}

/** Narrows the codecs of a line; a browser that will not is left with its own choice. */
function prefer(line: RTCRtpTransceiver, kind: Kind, direction: Direction): void {
  const side = direction === 'send' ? RTCRtpSender : RTCRtpReceiver
  try {
    const codecs = wantedCodecs(kind, direction, side.getCapabilities(kind)?.codecs ?? [])
    if (codecs.length > 0) line.setCodecPreferences(codecs)
  } catch {
    // Some browsers compare with the codecs of the other direction; the larger offer works as well.
  }
}
