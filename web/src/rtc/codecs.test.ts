import { expect, it } from 'vitest'
import { wantedCodecs } from './codecs'

const video = [
  { mimeType: 'video/VP9', sdpFmtpLine: 'profile-id=0' },
  { mimeType: 'video/rtx' },
  {
    mimeType: 'video/H264',
    sdpFmtpLine: 'level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42001f',
  },
  {
    mimeType: 'video/H264',
    sdpFmtpLine: 'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f',
  },
  { mimeType: 'video/AV1' },
  { mimeType: 'video/VP8' },
  { mimeType: 'video/ulpfec' },
]

it('offers VP8, then H.264 in packetization mode 1, with retransmission', () => {
  expect(wantedCodecs('video', video).map((codec) => codec.mimeType)).toEqual([
    'video/VP8',
    'video/H264',
    'video/rtx',
  ])
})

it('offers Opus alone', () => {
  const audio = ['audio/red', 'audio/opus', 'audio/PCMU', 'audio/telephone-event'].map((mimeType) => ({
    mimeType,
  }))
  expect(wantedCodecs('audio', audio)).toEqual([{ mimeType: 'audio/opus' }])
})

it('leaves the choice to a browser that has none of them', () => {
  expect(wantedCodecs('video', [{ mimeType: 'video/VP9' }])).toEqual([])
})
