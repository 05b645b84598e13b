import { glob, readFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** One import of a source file. */
export interface SourceImport {
  /** A path from the repository's root with `/`, or the name of a package, or `node:…`. */
  readonly to: string;
  readonly kind: 'source' | 'package' | 'node';
  /** An `import type` is gone after compilation. */
  readonly typeOnly: boolean;
  /** `import('…')` loads only when it is reached. */
  readonly lazy: boolean;
}

/** A source file, its text without comments, and its imports. */
export interface SourceFile {
  readonly path: string;
  readonly code: string;
  readonly imports: readonly SourceImport[];
}

/** Reads all of src/. */
export async function readSources(): Promise<SourceFile[]> {
  const files: SourceFile[] = [];
  for await (const path of glob('src/**/*.ts', { cwd: root })) {
    const code = withoutComments(await readFile(join(root, path), 'utf8'));
    files.push({ path, code, imports: importsOf(path, code) });
  }
  return files.sort((left, right) => left.path.localeCompare(right.path));
}

const statement = /^(?:import|export)\s+(?<type>type\s)?(?<names>[^'";]*?\sfrom\s+)?'(?<to>[^']+)'/gm;
const call = /\bimport\(\s*'(?<to>[^']+)'\s*\)/g;

/** The imports of a source text, in its order: statements first, then calls. */
export function importsOf(path: string, code: string): SourceImport[] {
  const found: SourceImport[] = [];
  for (const { groups } of code.matchAll(statement)) {
    // `import { type A, type B } from` also leaves nothing behind when every name is a type
    const names = /\{([^}]*)\}/.exec(groups?.names ?? '')?.[1];
    const allTypes = names?.split(',').every((name) => /^\s*(type\s|$)/.test(name)) ?? false;
    found.push({
      ...target(path, groups?.to ?? ''),
      typeOnly: Boolean(groups?.type) || allTypes,
      lazy: false,
    });
  }
  for (const { groups } of code.matchAll(call))
    found.push({ ...target(path, groups?.to ?? ''), typeOnly: false, lazy: true });
  return found;
}

function target(from: string, to: string): Pick<SourceImport, 'to' | 'kind'> {
  if (to.startsWith('.')) return { to: normalize(join(dirname(from), to)), kind: 'source' };
  if (to.startsWith('node:') || builtinModules.includes(to)) return { to, kind: 'node' };
  const parts = to.split('/');
  return { to: to.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? to), kind: 'package' };
}

/** Blanks comments and keeps everything else. Strings are recognised, so that `'https://…'` is no comment; regular expressions with quotes in them are not worth a parser. */
function withoutComments(text: string): string {
  return text.replaceAll(
    /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`|\/\*[\s\S]*?\*\/|(?<=^|[\s;{}(,])\/\/[^\n]*/g,
    (match) => (match.startsWith('/*') || match.startsWith('//') ? match.replaceAll(/[^\n]/g, ' ') : match),
  );
}
