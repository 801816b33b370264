/** Which codecs are offered. Few, so that the offer of a client with many lines stays small. */

export interface CodecDescription {
  mimeType: string
  sdpFmtpLine?: string
}

export type Kind = 'audio' | 'video'
export type Direction = 'send' | 'receive'

const ORDER: Record<Kind, Record<Direction, readonly string[]>> = {
  // `red` repeats the last frames in each packet, for lines that lose some.
  audio: { send: ['audio/opus', 'audio/red'], receive: ['audio/opus', 'audio/red'] },
  video: {
    send: ['video/vp8', 'video/h264', 'video/rtx'],
    // Others may send what this page would not: OBS, for one.
    receive: ['video/vp8', 'video/h264', 'video/vp9', 'video/av1', 'video/rtx'],
  },
}

/** What a codec's parameters have to say, one form of each codec is enough. */
function isUsable({ mimeType, sdpFmtpLine = '' }: CodecDescription): boolean {
  switch (mimeType.toLowerCase()) {
    case 'video/h264':
      // In single NAL units (packetization mode 0, the default) it is offered by nobody who lacks mode 1.
      return sdpFmtpLine.includes('packetization-mode=1')
    case 'video/vp9':
      return /^$|profile-id=0/.test(sdpFmtpLine)
    case 'video/av1':
      return !/profile=[12]/.test(sdpFmtpLine)
    default:
      return true
  }
}

/** The wanted ones of the codecs a browser has, best first; empty means: leave the browser's own choice. */
export function wantedCodecs<T extends CodecDescription>(
  kind: Kind,
  direction: Direction,
  available: readonly T[],
): T[] {
  const order = ORDER[kind][direction]
  const rank = (codec: T) => order.indexOf(codec.mimeType.toLowerCase())
  const wanted = available.filter((codec) => rank(codec) >= 0 && isUsable(codec))
  const isPlayable = wanted.some((codec) => rank(codec) === 0)
  return isPlayable ? wanted.sort((a, b) => rank(a) - rank(b)) : []
}
