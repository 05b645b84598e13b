import { type Document, isMap, isNode, isScalar, type LineCounter, type YAMLError } from 'yaml';
import { z } from 'zod';
import { nearest } from '../core/nearest.ts';
import { visible } from '../core/visible.ts';
import { configSchema } from './schema.ts';

/** A configuration file with the places of everything in it. */
export interface SourceFile {
  readonly path: string;
  readonly document: Document;
  readonly lines: LineCounter;
}

/** What the YAML itself has wrong, as `file:line:column: what`. */
export function syntaxFaults(file: SourceFile): string[] {
  const faults: readonly YAMLError[] = [...file.document.errors, ...file.document.warnings];
  return faults.map(({ code, message, pos }) => {
    const what =
      code === 'DUPLICATE_KEY' ? 'this key stands twice; each may stand once' : `not valid YAML: ${message}`;
    return `${place(file, pos[0])}: ${what}`;
  });
}

/** What does not fit the schema, in the order of the file. Values are not repeated: one may be a secret in the wrong place. */
export function schemaFaults(file: SourceFile, issues: readonly z.core.$ZodIssue[]): string[] {
  return issues
    .flatMap((issue) => {
      if (issue.code !== 'unrecognized_keys')
        return [
          {
            offset: offsetOf(file.document, issue.path, 'value'),
            what: `${where(issue.path)}: ${messageFor(issue)}`,
          },
        ];
      return issue.keys.map((key) => ({
        offset: offsetOf(file.document, [...issue.path, key], 'key'),
        what: `${where([...issue.path, key])} is not a setting${hint(key)}`,
      }));
    })
    .sort((left, right) => left.offset - right.offset)
    .map(({ offset, what }) => `${place(file, offset)}: ${visible(what)}`);
}

function messageFor(issue: z.core.$ZodIssue): string {
  return issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message;
}

function place({ path, lines }: SourceFile, offset: number): string {
  const { line, col } = lines.linePos(offset);
  return `${path}:${Math.max(1, line)}:${Math.max(1, col)}`;
}

function where(path: readonly PropertyKey[]): string {
  return path.length === 0 ? 'the file' : path.map(String).join('.');
}

function hint(key: string): string {
  const near = nearest(key, membersOf(z.toJSONSchema(configSchema, { io: 'input' })));
  return near.length === 0 ? '' : ` (did you mean ${near.join(' or ')}?)`;
}

/** Every member name that a JSON schema knows, at any depth. */
function membersOf(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const own = Object.keys((schema as { properties?: object }).properties ?? {});
  return [...new Set([...own, ...Object.values(schema).flatMap(membersOf)])];
}

/** Offset of the member at `path` or of its key; of the nearest one above it where it is not there. */
function offsetOf(document: Document, path: readonly PropertyKey[], what: 'key' | 'value'): number {
  const parent = path.length === 0 ? null : document.getIn(path.slice(0, -1), true);
  const key = String(path.at(-1));
  const pair = isMap(parent)
    ? parent.items.find((item) => isScalar(item.key) && String(item.key.value) === key)
    : undefined;
  if (pair !== undefined) {
    const node = what === 'value' && isNode(pair.value) ? pair.value : pair.key;
    if (isNode(node) && node.range) return node.range[0];
  }
  const node = path.length === 0 ? document.contents : document.getIn(path, true);
  if (isNode(node) && node.range) return node.range[0];
  return path.length === 0 ? 0 : offsetOf(document, path.slice(0, -1), 'key');
}
