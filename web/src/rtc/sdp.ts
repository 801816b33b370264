/** Small changes to an offer that browsers have no call for. */

/**
 * Offers retransmission of lost packets (`nack`) on the lines that carry sound, for Opus and its redundant form.
 * Browsers can do it, and leave it out because it helps only where the round trip is short: the answer decides.
 */
export function withAudioNack(sdp: string): string {
  return sdp
    .split(/(?=^m=)/m)
    .map((section) => (section.startsWith('m=audio ') ? withNack(section) : section))
    .join('')
}

function withNack(section: string): string {
  const types = [...section.matchAll(/^a=rtpmap:(\d+) (?:opus|red)\/48000/gim)].map(([, type]) => type ?? '')
  return types.reduce((text, type) => {
    if (new RegExp(`^a=rtcp-fb:(?:${type}|\\*) nack\\s*$`, 'm').test(text)) return text
    return text.replace(new RegExp(`^(a=rtpmap:${type} .*?)(\\r?\\n)`, 'm'), `$1$2a=rtcp-fb:${type} nack$2`)
  }, section)
}
