import { expect, it } from 'vitest'
import { wantedCodecs } from './codecs'

const video = [
  { mimeType: 'video/VP9', sdpFmtpLine: 'profile-id=0' },
  { mimeType: 'video/VP9', sdpFmtpLine: 'profile-id=2' },
  { mimeType: 'video/rtx' },
  {
    mimeType: 'video/H264',
    sdpFmtpLine: 'level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42001f',
  },
  {
    mimeType: 'video/H264',
    sdpFmtpLine: 'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f',
  },
  { mimeType: 'video/AV1', sdpFmtpLine: 'level-idx=5;profile=0;tier=0' },
  { mimeType: 'video/AV1', sdpFmtpLine: 'level-idx=5;profile=1;tier=0' },
  { mimeType: 'video/VP8' },
  { mimeType: 'video/ulpfec' },
]

it('sends VP8, or H.264 in packetization mode 1, with retransmission', () => {
  expect(wantedCodecs('video', 'send', video).map((codec) => codec.mimeType)).toEqual([
    'video/VP8',
    'video/H264',
    'video/rtx',
  ])
})

it('takes the plain forms of VP9 and AV1 as well', () => {
  expect(wantedCodecs('video', 'receive', video)).toEqual([
    { mimeType: 'video/VP8' },
    expect.objectContaining({ mimeType: 'video/H264' }),
    { mimeType: 'video/VP9', sdpFmtpLine: 'profile-id=0' },
    { mimeType: 'video/AV1', sdpFmtpLine: 'level-idx=5;profile=0;tier=0' },
    { mimeType: 'video/rtx' },
  ])
})

it('offers Opus, and redundancy where the browser has it', () => {
  const audio = ['audio/red', 'audio/opus', 'audio/PCMU', 'audio/telephone-event'].map((mimeType) => ({
    mimeType,
  }))
  const wanted = [{ mimeType: 'audio/opus' }, { mimeType: 'audio/red' }]
  expect(wantedCodecs('audio', 'send', audio)).toEqual(wanted)
  expect(wantedCodecs('audio', 'receive', audio)).toEqual(wanted)
  expect(wantedCodecs('audio', 'receive', audio.slice(1))).toEqual([{ mimeType: 'audio/opus' }])
})

it('leaves the choice to a browser that has none of them', () => {
  expect(wantedCodecs('video', 'receive', [{ mimeType: 'video/VP9' }])).toEqual([])
})
