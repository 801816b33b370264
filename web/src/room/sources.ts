/** What somebody can send. */
import type { Source } from '../protocol/protocol.gen'

export const SOURCES: readonly Source[] = ['mic', 'camera', 'screen']
