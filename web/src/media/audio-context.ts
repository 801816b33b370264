/** Null where the page may not make a sound of its own: iPhones in Lockdown Mode have no such thing. */
export function audioContext(): AudioContext | null {
  try {
    return new AudioContext()
  } catch {
    return null
  }
}
