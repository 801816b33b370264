/** What to react with: few to choose from at once, some more behind. Names are for those who do not see them. */
export interface Emoji {
  emoji: string
  name: string
}

export function emojis(): Emoji[] {
  const all: [string, string][] = [
    ['👍', 'Thumbs up'],
    ['❤️', 'A heart'],
    ['😂', 'Laughing with tears'],
    ['🎉', 'A party'],
    ['🤔', 'Thinking about it'],
    ['👏', 'Clapping hands'],
    ['👎', 'Thumbs down'],
    ['😊', 'A warm smile'],
    ['😮', 'Open mouth'],
    ['😢', 'A sad face'],
    ['🙏', 'Thank you'],
    ['💡', 'An idea'],
    ['✅', 'Check mark'],
    ['❌', 'Cross mark'],
    ['👀', 'Looking eyes'],
    ['🔥', 'A fire'],
    ['🚀', 'A rocket'],
    ['💯', 'Full marks'],
  ]
  return all.map(([emoji, name]) => ({ emoji, name }))
}

export const QUICK = 6
