/** For names and the like within a sentence: what they are written in turns the direction of nothing around them. */
export const isolated = (text: string): string => `\u2068${text}\u2069`
