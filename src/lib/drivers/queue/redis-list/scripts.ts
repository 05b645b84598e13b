import { type LuaScript, luaScript } from '../../../backends/redis/script.ts';

/** A script preceded by the files with the functions that it shares with others. */
function composed(name: string, access: 'read' | 'write', shared: readonly string[]): LuaScript {
  const parts = [...shared, name].map((file) => luaScript(file, access));
  return { name, access, source: () => parts.map((part) => part.source()).join('\n') };
}

/** The scripts of the Redis list driver; keys and arguments stand at the top of each file in `backends/redis/lua`. */
export const scripts = {
  depths: composed('queue-depths', 'read', ['queue-processing']),
  count: composed('queue-count', 'read', ['queue-match']),
  inWork: composed('queue-in-work', 'read', ['queue-match', 'queue-processing']),
  state: composed('purge-show', 'read', ['purge-state']),
  enqueue: composed('queue-enqueue', 'write', []),
  openPurge: composed('purge-open', 'write', ['purge-state']),
  quarantine: composed('purge-quarantine', 'write', ['queue-match', 'purge-state']),
  release: composed('purge-release', 'write', ['purge-state']),
  finishPurge: composed('purge-finish', 'write', ['purge-state']),
  openRestore: composed('restore-open', 'write', ['purge-state']),
  restorePiece: composed('restore-piece', 'write', ['purge-state']),
  restoreRest: composed('restore-rest', 'write', ['purge-state']),
} as const;
