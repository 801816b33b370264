/** Sees when a picture stands still, and keeps its last frame. */
import type { Attachment } from 'svelte/attachments'

export const LOOK_EVERY_MS = 500
/** A camera that brings nothing for so many ms stands still. */
export const FROZEN_AFTER_MS = 2_500

/** What is known of the frames of one picture. */
export class FrameWatch {
  private frames = -1
  private movedAt = 0
  hasFrame = false

  /** True when the picture stands still. `isDue`: frames are to be expected now. */
  look(frames: number, now: number, isDue: boolean): boolean {
    if (frames !== this.frames || !isDue) this.movedAt = now
    this.frames = frames
    this.hasFrame ||= frames > 0
    return this.hasFrame && now - this.movedAt >= FROZEN_AFTER_MS
  }
}

export interface FrameEvents {
  /** Frames are to be expected: nobody paused it, and it is no shared screen, which may stand for long. */
  isDue(): boolean
  onLook(hasFrame: boolean, isFrozen: boolean): void
  /** The picture goes: its last frame, if it had any. */
  onGone(last: HTMLVideoElement): void
}

export function watchFrames({ isDue, onLook, onGone }: FrameEvents): Attachment<HTMLVideoElement> {
  return (video) => {
    const watch = new FrameWatch()
    const look = () => {
      const isVisible = document.visibilityState === 'visible'
      const isFrozen = watch.look(
        video.getVideoPlaybackQuality().totalVideoFrames,
        performance.now(),
        isVisible && isDue(),
      )
      onLook(watch.hasFrame, isFrozen)
    }
    const timer = setInterval(look, LOOK_EVERY_MS)
    video.addEventListener('loadeddata', look)
    return () => {
      clearInterval(timer)
      video.removeEventListener('loadeddata', look)
      if (watch.hasFrame && video.videoWidth > 0) onGone(video)
    }
  }
}

/** Draws what stands on a video. */
export function copyFrame(video: HTMLVideoElement, canvas: HTMLCanvasElement): boolean {
  try {
    canvas.width = video.videoWidth
    canvas.height = video.videoHeight
    canvas.getContext('2d')?.drawImage(video, 0, 0)
    return true
  } catch {
    return false
  }
}
