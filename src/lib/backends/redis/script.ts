import { readFileSync } from 'node:fs';

/** A Lua script that this program contains, read from its file on first use. Its keys and arguments stand at the top of the file. */
export interface LuaScript {
  readonly name: string;
  /** `read` scripts are sent with EVAL_RO, where the server itself refuses every write. */
  readonly access: 'read' | 'write';
  readonly source: () => string;
}

/** The script `lua/<name>.lua` beside this module. */
export function luaScript(name: string, access: 'read' | 'write'): LuaScript {
  let text: string | undefined;
  return {
    name,
    access,
    source: () => {
      text ??= readFileSync(new URL(`./lua/${name}.lua`, import.meta.url), 'utf8');
      return text;
    },
  };
}
