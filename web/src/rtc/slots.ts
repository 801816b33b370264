/** What arrives on the receiving lines, for the page: one lasting MediaStream for each line. */

/** Keeps one stream per line, so that a line which is pointed elsewhere goes on in the same stream. */
export class LineStreams {
  private readonly streams = new Map<string, MediaStream>()

  /** `track` answers the track of a line of the present connection. */
  constructor(private readonly track: (mid: string) => MediaStreamTrack | null) {}

  /** The stream of a line; null when the connection has no such line. */
  of(mid: string): MediaStream | null {
    const track = this.track(mid)
    if (!track) return null
    const kept = this.streams.get(mid)
    if (kept?.getTracks()[0] === track) return kept
    const stream = new MediaStream([track])
    this.streams.set(mid, stream)
    return stream
  }
}
