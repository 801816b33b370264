/** A text as it is read: what keeps the direction of names apart cannot be seen. */
export const bare = (text: string): string => text.replaceAll(/[\u2066-\u2069]/g, '')
