import { fileURLToPath } from 'node:url';
import { messageOf, SpillwayError } from '../core/errors.ts';
import type { Json, JsonObject } from '../core/json.ts';
import { nearest } from '../core/nearest.ts';
import { operationIds } from '../operations/catalogue.ts';
import { findRunbooks, loadRunbook, type RunbookPlaces } from '../runbook/loader.ts';
import type { Runbook, RunbookInput } from '../runbook/schema.ts';
import { folders } from './folders.ts';

/** A book that was found, checked, and takes inputs. */
export interface FoundBook {
  readonly book: Runbook;
  readonly file: string;
  /** The inputs with defaults filled in. Throws SpillwayError `usage` for an unknown name, a wrong type, or one that is missing. */
  inputsOf(given: JsonObject): JsonObject;
}

/** By name or path. Throws SpillwayError `usage` with file, line and column, or with the names that there are. */
export async function findRunbook(nameOrPath: string): Promise<FoundBook> {
  const { book, file } = await loadRunbook(nameOrPath, operationIds, places());
  return { book, file, inputsOf: (given) => bindInputs(book, given) };
}

/** Every book that can be called by name; one that does not load is listed with the reason. */
export async function listRunbooks(): Promise<{ id: string; title: string; steps: number; file: string }[]> {
  const found = await findRunbooks(places());
  return Promise.all(
    found.map(async ({ name, file }) => {
      try {
        const { book } = await loadRunbook(file, operationIds, places());
        return { id: name, title: book.title, steps: book.steps.length, file };
      } catch (error) {
        return { id: name, title: `does not load: ${messageOf(error)}`, steps: 0, file };
      }
    }),
  );
}

function places(): RunbookPlaces {
  return {
    working: folders().working,
    shipped: fileURLToPath(new URL('../../../runbooks', import.meta.url)),
  };
}

function bindInputs(book: Runbook, given: JsonObject): JsonObject {
  const names = Object.keys(book.inputs);
  for (const name of Object.keys(given)) {
    if (names.includes(name)) continue;
    throw new SpillwayError(
      'usage',
      `runbook ${book.id} has no input "${name}"; ${names.length === 0 ? 'it has none' : `it has ${names.join(', ')}`}.`,
      {
        suggestions: nearest(name, names).map((near) => `--input ${near}=…`),
      },
    );
  }
  const entries = Object.entries(book.inputs).map(
    ([name, input]) => [name, bindInput(name, input, given[name])] as const,
  );
  return Object.fromEntries(entries);
}

function bindInput(name: string, input: RunbookInput, given: Json | undefined): Json {
  const value = given ?? input.default;
  if (value === undefined) {
    if (input.required === true)
      throw new SpillwayError('usage', `input ${name} is required: ${input.description}.`, {
        suggestions: [`--input ${name}=…`],
      });
    return null;
  }
  const kind = Array.isArray(value) ? 'list' : typeof value;
  if (kind !== input.type) {
    // A text such as 12 typed at the shell reads as a number.
    if (input.type === 'string' && kind !== 'object') return String(value);
    throw new SpillwayError(
      'usage',
      `input ${name} must be a ${input.type}, and ${JSON.stringify(value)} is a ${kind}.`,
    );
  }
  return value as Json;
}
