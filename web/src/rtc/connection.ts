/**
 * One RTCPeerConnection with one offer and one answer for its whole life.
 *
 * Everything is offered at once: a sending line for each source, filled later by `setTrack`, and a fixed pool of
 * receiving lines (slots) which the server points at any track. So nothing is renegotiated when people come, go,
 * mute or share. The server answers checks only (ICE-lite), so the offer is sent without waiting for candidates.
 */
import { inspection } from '../debug'
import type { MediaLimits, Slot, Source } from '../protocol/protocol.gen'
import { wantedCodecs } from './codecs'

/** Highest send rates, bit/s. */
const CAMERA_MAX_BITRATE = 1_200_000
const SCREEN_MAX_BITRATE = 2_500_000
const SCREEN_MAX_FRAMERATE = 15

const LINE_ORDER: readonly Source[] = ['mic', 'camera', 'screen']

const SEND: Record<Source, { kind: 'audio' | 'video'; encoding: RTCRtpEncodingParameters }> = {
  mic: { kind: 'audio', encoding: {} },
  camera: { kind: 'video', encoding: { maxBitrate: CAMERA_MAX_BITRATE } },
  screen: { kind: 'video', encoding: { maxBitrate: SCREEN_MAX_BITRATE, maxFramerate: SCREEN_MAX_FRAMERATE } },
}

/** Hands the offer to the server; `sources` says what each sending line (by mid) carries. */
export type Exchange = (
  offer: string,
  sources: Record<string, Source>,
) => Promise<{ answer: string; slots: Slot[] }>

/** What the room needs of a media connection. */
export type MediaPath = Pick<
  MediaConnection,
  'connect' | 'setTrack' | 'track' | 'audioTracks' | 'state' | 'close'
>

export interface ConnectionEvents {
  onState(state: RTCPeerConnectionState): void
}

export class MediaConnection {
  readonly pc: RTCPeerConnection
  private readonly senders = new Map<Source, RTCRtpTransceiver>()
  private readonly receivers: RTCRtpTransceiver[] = []

  constructor(limits: MediaLimits, events: ConnectionEvents) {
    this.pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle', rtcpMuxPolicy: 'require' })
    this.pc.onconnectionstatechange = () => {
      events.onState(this.pc.connectionState)
    }
    // also for what may not be sent yet: that can change, and must not need another offer
    for (const source of LINE_ORDER) {
      const { kind, encoding } = SEND[source]
      const line = this.pc.addTransceiver(kind, { direction: 'sendonly', sendEncodings: [encoding] })
      prefer(line, kind, 'send')
      this.senders.set(source, line)
    }
    this.addSlots('audio', limits.audioSlots)
    this.addSlots('video', limits.videoSlots)
  }

  /** Has the offer answered and says what the slots show. After a failure it may be called again: same offer. */
  async connect(exchange: Exchange): Promise<Slot[]> {
    if (!this.pc.localDescription) {
      inspection.offers += 1
      await this.pc.setLocalDescription(await this.pc.createOffer())
    }
    const sources: Record<string, Source> = {}
    for (const [source, line] of this.senders) if (line.mid !== null) sources[line.mid] = source
    const { answer, slots } = await exchange(this.pc.localDescription?.sdp ?? '', sources)
    await this.pc.setRemoteDescription({ type: 'answer', sdp: answer })
    return slots
  }

  /** Puts a track on the line of `source`, or takes it off. A source without a line is left alone. */
  async setTrack(source: Source, track: MediaStreamTrack | null): Promise<void> {
    const sender = this.senders.get(source)?.sender
    if (!sender || this.pc.signalingState === 'closed') return
    await sender.replaceTrack(track)
    if (track && source === 'screen') await keepResolution(sender)
  }

  /** The track that arrives on this line; null when there is no such line. */
  track(mid: string): MediaStreamTrack | null {
    return this.receivers.find((line) => line.mid === mid)?.receiver.track ?? null
  }

  /** The lines that carry sound, in a fixed order. */
  get audioTracks(): MediaStreamTrack[] {
    return this.receivers.map((line) => line.receiver.track).filter((track) => track.kind === 'audio')
  }

  get state(): RTCPeerConnectionState {
    return this.pc.connectionState
  }

  close(): void {
    this.pc.onconnectionstatechange = null
    this.pc.close()
  }

  private addSlots(kind: 'audio' | 'video', count: number): void {
    for (let i = 0; i < count; i++) {
      const line = this.pc.addTransceiver(kind, { direction: 'recvonly' })
      prefer(line, kind, 'receive')
      this.receivers.push(line)
    }
  }
}

/** Narrows the codecs of a line; a browser that will not is left with its own choice. */
function prefer(line: RTCRtpTransceiver, kind: 'audio' | 'video', direction: 'send' | 'receive'): void {
  const side = direction === 'send' ? RTCRtpSender : RTCRtpReceiver
  try {
    const codecs = wantedCodecs(kind, side.getCapabilities(kind)?.codecs ?? [])
    if (codecs.length > 0) line.setCodecPreferences(codecs)
  } catch {
    // Some browsers compare with the codecs of the other direction; the larger offer works as well.
  }
}

/** A shared screen loses frame rate before it loses sharpness. */
async function keepResolution(sender: RTCRtpSender): Promise<void> {
  try {
    await sender.setParameters({ ...sender.getParameters(), degradationPreference: 'maintain-resolution' })
  } catch {
    // Not known to every browser; contentHint 'detail' on the track says nearly the same.
  }
}
