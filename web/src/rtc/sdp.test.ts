import { expect, it } from 'vitest'
import { withAudioNack } from './sdp'

const lines = (...text: string[]) => text.map((line) => `${line}\r\n`).join('')
const head = lines('v=0', 'o=- 1 2 IN IP4 127.0.0.1', 's=-', 't=0 0')
const video = lines('m=video 9 UDP/TLS/RTP/SAVPF 96', 'a=rtpmap:96 VP8/90000', 'a=rtcp-fb:96 transport-cc')

it('offers retransmission for Opus and its redundant form, on each line of sound', () => {
  const audio = (...extra: [string?, string?]) =>
    lines(
      'm=audio 9 UDP/TLS/RTP/SAVPF 111 63 9',
      'a=rtpmap:111 opus/48000/2',
      ...(extra[0] ? [extra[0]] : []),
      'a=rtcp-fb:111 transport-cc',
      'a=rtpmap:63 red/48000/2',
      ...(extra[1] ? [extra[1]] : []),
      'a=rtpmap:9 G722/8000',
    )
  const wanted = audio('a=rtcp-fb:111 nack', 'a=rtcp-fb:63 nack')
  expect(withAudioNack(head + audio() + video + audio())).toBe(head + wanted + video + wanted)
})

it('says it once only', () => {
  const audio = lines('m=audio 9 UDP/TLS/RTP/SAVPF 111', 'a=rtpmap:111 opus/48000/2')
  const once = withAudioNack(head + audio)
  expect(withAudioNack(once)).toBe(once)
  const forAll = head + audio + lines('a=rtcp-fb:* nack')
  expect(withAudioNack(forAll)).toBe(forAll)
})

it('leaves alone what has no Opus', () => {
  const text = head + lines('m=audio 9 UDP/TLS/RTP/SAVPF 0', 'a=rtpmap:0 PCMU/8000') + video
  expect(withAudioNack(text)).toBe(text)
  expect(withAudioNack('')).toBe('')
})
