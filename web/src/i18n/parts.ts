/** Which part of the client a source file belongs to: the messages of a part are loaded together, with its code. */

export type Part = 'main' | 'join' | 'room' | 'panels' | 'chat' | 'school' | 'account'

const PARTS: readonly (readonly [Part, RegExp])[] = [
  ['join', /^src\/(?:join\/help|components\/join\/sheets)\//],
  ['chat', /^src\/(?:chat|components\/chat)\/|^src\/views\/Chats\.svelte$/],
  // What of the room is loaded when it is opened.
  [
    'panels',
    /^src\/components\/(?:people\/(?:PeopleList|Door|Hands|Heard|PersonRow|PersonSheet|Rows|Search|Exceptions)|polls\/(?!PollNews|PollsPanel)|reactions\/(?:ReactionsPopover|names)|room\/(?:ReceptionMenu|SettingsSheet|ShortcutsSheet|SuggestStep|settings\/|Settings))/,
  ],
  [
    'room',
    /^src\/(?:room|components\/(?:room|stage|people|polls|reactions))\/|^src\/(?:visit\.ts|state\/room|views\/(?:Room|Visit|Waiting|Left)\.svelte)/,
  ],
  [
    'account',
    /^src\/(?:account|admin|notices|components\/(?:account|admin|notices))\/|^src\/views\/(?:Profile|Notifications|Admin)/,
  ],
  [
    'school',
    /^src\/(?:home\/(?!times)|school\/|components\/school\/)|^src\/views\/(?:Home|Course|LiveClass)/,
  ],
]

/** `file`: its path from web/. */
export function partOf(file: string): Part {
  return PARTS.find(([, pattern]) => pattern.test(file))?.[0] ?? 'main'
}
