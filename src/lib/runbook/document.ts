import { type Document, isNode, LineCounter, parseDocument, type YAMLError } from 'yaml';
import { messageOf } from '../core/errors.ts';

/** A place in a file, both from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Something wrong in a runbook file, with its place. */
export interface Fault extends Place {
  readonly message: string;
}

/** A member of the document, from the root. */
export type Path = readonly (string | number)[];

/** A YAML text that remembers where everything stands. */
export interface SourceDocument {
  /** The plain value; undefined when the text has syntax faults. */
  readonly value: unknown;
  /** Syntax faults and duplicate keys. */
  readonly faults: readonly Fault[];
  /** Where the member stands, or the nearest one above it that exists. `offset` characters further for a text on one line. */
  placeOf(path: Path, offset?: number): Place;
  /** Where the key of a member stands. */
  placeOfKey(path: Path): Place;
}

/** Reads YAML 1.2 with places. Aliases are bounded, custom tags are not known. */
export function readDocument(text: string): SourceDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const faults = [...document.errors, ...document.warnings].map((error) => faultOf(error, lines));
  const place = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const value = faults.length === 0 ? plainValue(document, faults) : undefined;
  return {
    value,
    faults,
    placeOf(path, offset = 0) {
      const { start, plain } = rangeOf(document, path);
      return place(start + (plain ? offset : 0));
    },
    placeOfKey(path) {
      const key = path.at(-1);
      const parent = document.getIn(path.slice(0, -1), true);
      if (isNode(parent) && 'items' in parent) {
        for (const pair of parent.items) {
          if (typeof pair !== 'object' || pair === null || !('key' in pair)) continue;
          if (isNode(pair.key) && 'value' in pair.key && pair.key.value === key)
            return place(pair.key.range?.[0] ?? 0);
        }
      }
      return place(rangeOf(document, path).start);
    },
  };
}

/** Aliases are expanded up to a bound: a few lines of YAML can stand for gigabytes. */
function plainValue(document: Document, faults: Fault[]): unknown {
  try {
    return document.toJS({ maxAliasCount: 50 });
  } catch (error) {
    faults.push({ line: 1, column: 1, message: messageOf(error) });
    return undefined;
  }
}

function rangeOf(document: Document, path: Path): { readonly start: number; readonly plain: boolean } {
  for (let length = path.length; length >= 0; length -= 1) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (!isNode(node) || !node.range) continue;
    const type = 'type' in node ? node.type : undefined;
    const quoted = type === 'QUOTE_DOUBLE' || type === 'QUOTE_SINGLE';
    const folded = type === 'BLOCK_FOLDED' || type === 'BLOCK_LITERAL';
    return { start: node.range[0] + (quoted ? 1 : 0), plain: length === path.length && !folded };
  }
  return { start: 0, plain: false };
}

function faultOf(error: YAMLError, lines: LineCounter): Fault {
  const { line, col } = lines.linePos(error.pos[0]);
  const message =
    error.code === 'DUPLICATE_KEY' ? 'this key stands twice; each may stand once' : error.message;
  return { line, column: col, message };
}
