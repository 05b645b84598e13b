import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Document, LineCounter, parseDocument } from 'yaml';
import { messageOf, SpillwayError } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';
import { schemaFaults, syntaxFaults } from './faults.ts';
import { type Config, configSchema, type TargetSettings } from './schema.ts';

/** Where settings may come from, strongest first. */
export interface ConfigPlaces {
  /** Working folder: `spillway.yaml` in it or above it. */
  readonly workingFolder: string;
  /** The user's configuration folder: `<folder>/spillway.yaml`. */
  readonly userFolder: string;
  /** Files with one target each that a part of this program registered (the lab). */
  readonly registered: readonly string[];
}

export interface KnownTarget {
  readonly name: string;
  readonly settings: TargetSettings;
  /** The file that defines it. */
  readonly origin: string;
}

export interface LoadedConfig {
  readonly targets: readonly KnownTarget[];
  readonly defaultTarget: string | null;
}

const howToBegin = [
  'spillway lab up   # a private Postgres and Redis to try everything on',
  'write a spillway.yaml: see docs/configuration.md',
];

/** Reads every place; of two targets with one name the stronger place wins. Throws SpillwayError `usage` with file, line, column and what was expected. */
export async function loadConfig(places: ConfigPlaces): Promise<LoadedConfig> {
  const files = [
    ...ancestors(places.workingFolder).map((folder) => join(folder, 'spillway.yaml')),
    join(places.userFolder, 'spillway.yaml'),
    ...places.registered,
  ];
  const targets = new Map<string, KnownTarget>();
  let defaultTarget: string | null = null;
  for (const file of files) {
    const text = await readIfThere(file);
    if (text === null) continue;
    const config = parseConfig(text, file);
    defaultTarget ??= config.defaultTarget ?? null;
    for (const [name, settings] of Object.entries(config.targets)) {
      if (!targets.has(name)) targets.set(name, { name, settings, origin: file });
    }
  }
  return { targets: [...targets.values()], defaultTarget };
}

/**
 * The target that a command is for: the one named, else the default, else the only one.
 * Throws SpillwayError `usage` that says which there are.
 */
export function chooseTarget(config: LoadedConfig, named: string | null): KnownTarget {
  const names = config.targets.map((target) => target.name);
  if (names.length === 0 && named === null) {
    throw new SpillwayError('usage', 'no target is configured.', {
      suggestions: howToBegin,
    });
  }
  const wanted = named ?? config.defaultTarget ?? (names.length === 1 ? names[0] : undefined);
  if (wanted === undefined) {
    throw new SpillwayError('usage', `there are several targets: ${names.join(', ')}; say which.`, {
      suggestions: names.map((name) => `--target ${name}`),
    });
  }
  const found = config.targets.find((target) => target.name === wanted);
  if (found === undefined) {
    const close = nearest(wanted, names);
    throw new SpillwayError(
      'usage',
      `there is no target "${wanted}"; ${names.length === 0 ? 'none is configured' : `there is ${names.join(', ')}`}.`,
      {
        suggestions:
          names.length === 0
            ? howToBegin
            : (close.length > 0 ? close : names).map((name) => `--target ${name}`),
      },
    );
  }
  return found;
}

/** Parses one file's text. Throws SpillwayError `usage`: every fault as `file:line:column`, with what was expected. */
export function parseConfig(text: string, file: string): Config {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, prettyErrors: false });
  const source = { path: file, document, lines };
  const syntax = syntaxFaults(source);
  if (syntax.length > 0) throw faulty(syntax);
  const parsed = configSchema.safeParse(plainValue(document, file));
  if (parsed.success) return parsed.data;
  throw faulty(schemaFaults(source, parsed.error.issues));
}

function plainValue(document: Document, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 50 }) ?? {};
  } catch (error) {
    throw faulty([`${file}:1:1: ${messageOf(error)}`]);
  }
}

function faulty(faults: readonly string[]): SpillwayError {
  return new SpillwayError('usage', faults.join('\n'), {
    suggestions: ['docs/configuration.md lists every setting'],
  });
}

function ancestors(folder: string): string[] {
  const folders = [folder];
  for (let current = folder; dirname(current) !== current; current = dirname(current))
    folders.push(dirname(current));
  return folders;
}

async function readIfThere(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw new SpillwayError('usage', `${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}
