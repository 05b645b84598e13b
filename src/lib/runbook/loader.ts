import { readdir, readFile } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { messageOf, SpillwayError } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';
import { visible } from '../core/visible.ts';
import { readDocument } from './document.ts';
import { faultyFile, schemaFaults } from './faults.ts';
import { hint, referenceFaults } from './references.ts';
import { type Runbook, runbookMembers, runbookSchema } from './schema.ts';

/** Where runbooks are looked for. */
export interface RunbookPlaces {
  /** The working folder: a path is relative to it, and its `runbooks/` comes first. */
  readonly working: string;
  /** `runbooks/` of the package. */
  readonly shipped: string;
}

/** A runbook and where it stands. */
export interface LoadedRunbook {
  readonly book: Runbook;
  /** Absolute path. */
  readonly file: string;
}

/** A runbook file that was found by its name. */
export interface FoundRunbook {
  readonly name: string;
  /** Absolute path. */
  readonly file: string;
}

const extension = /\.ya?ml$/;

/**
 * Loads a runbook by name (`error-log-storm`) or by path (with a slash or ending in .yaml).
 * @throws SpillwayError `usage`: no such runbook, with the nearest; or what is wrong in the file, with file, line and column
 */
export async function loadRunbook(
  nameOrPath: string,
  knownOperations: readonly string[],
  places: RunbookPlaces,
): Promise<LoadedRunbook> {
  const file = await locate(nameOrPath, places);
  return { file, book: parseRunbook(await readText(file), file, knownOperations) };
}

/** The runbooks that can be called by name, sorted; one of the working folder hides the shipped one of the same name. */
export async function findRunbooks(places: RunbookPlaces): Promise<FoundRunbook[]> {
  const found = new Map<string, string>();
  for (const folder of [places.shipped, join(places.working, 'runbooks')]) {
    for (const entry of await entriesOf(folder)) {
      if (extension.test(entry)) found.set(entry.replace(extension, ''), join(folder, entry));
    }
  }
  return [...found].map(([name, file]) => ({ name, file })).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * Reads the text of a runbook.
 * @throws SpillwayError `usage` with every fault as `file:line:column: message`
 */
export function parseRunbook(text: string, file: string, knownOperations: readonly string[]): Runbook {
  const document = readDocument(text);
  if (document.faults.length > 0) throw faultyFile(file, document.faults);
  const parsed = runbookSchema.safeParse(document.value);
  if (!parsed.success) {
    throw faultyFile(
      file,
      schemaFaults(document, parsed.error.issues, (word) => hint(word, runbookMembers)),
    );
  }
  const faults = referenceFaults(document, parsed.data, knownOperations);
  if (faults.length > 0) throw faultyFile(file, faults);
  return parsed.data;
}

async function locate(nameOrPath: string, places: RunbookPlaces): Promise<string> {
  if (extension.test(nameOrPath) || nameOrPath.includes('/')) {
    return isAbsolute(nameOrPath) ? nameOrPath : resolve(places.working, nameOrPath);
  }
  const found = await findRunbooks(places);
  const file = found.find((one) => one.name === nameOrPath)?.file;
  if (file !== undefined) return file;
  const names = found.map((one) => one.name);
  const exist = names.length === 0 ? 'There are none.' : `There are: ${names.join(', ')}.`;
  throw new SpillwayError('usage', `There is no runbook "${visible(nameOrPath)}". ${exist}`, {
    suggestions: [
      ...nearest(nameOrPath, names).map((name) => `spillway runbook show ${name}`),
      'spillway runbook list',
    ],
  });
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new SpillwayError('usage', `Cannot read the runbook ${visible(file)}: ${messageOf(error)}.`, {
      suggestions: ['spillway runbook list'],
    });
  }
}

async function entriesOf(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    // a working folder without runbooks of its own
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return [];
    throw error;
  }
}
