/** An id made here. What is sent again after a lost answer keeps it, so that it is the same thing to the server. */
export const newId = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  )
