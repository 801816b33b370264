/** Which codecs are offered. Few, so that the offer of a client with many lines stays small. */

export interface CodecDescription {
  mimeType: string
  sdpFmtpLine?: string
}

const VIDEO = ['video/vp8', 'video/h264', 'video/rtx']
const AUDIO = ['audio/opus']

/** H.264 in single NAL units (packetization mode 0, the default) is offered by nobody who lacks mode 1. */
const usable = (codec: CodecDescription) =>
  codec.mimeType.toLowerCase() !== 'video/h264' || (codec.sdpFmtpLine ?? '').includes('packetization-mode=1')

/** The wanted ones of the codecs a browser has, best first; empty means: leave the browser's own choice. */
export function wantedCodecs<T extends CodecDescription>(
  kind: 'audio' | 'video',
  available: readonly T[],
): T[] {
  const order = kind === 'audio' ? AUDIO : VIDEO
  const rank = (codec: T) => order.indexOf(codec.mimeType.toLowerCase())
  const wanted = available.filter((codec) => rank(codec) >= 0 && usable(codec))
  const isPlayable = wanted.some((codec) => rank(codec) === 0)
  return isPlayable ? wanted.sort((a, b) => rank(a) - rank(b)) : []
}
