import type { ASTNode } from '@marcbachmann/cel-js';

/** The variables that an expression can name. */
export const expressionRoots = ['inputs', 'steps', 'target', 'incident'] as const;

/** A fault of an expression. `offset`: characters from its start. */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError';
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** An input or a step that an expression names, and where. */
export interface Reference {
  readonly name: string;
  /** Characters from the start of the expression. */
  readonly offset: number;
}

export interface References {
  readonly inputs: readonly Reference[];
  readonly steps: readonly Reference[];
}

const listMacros = new Set(['all', 'exists', 'exists_one', 'map', 'filter', 'bind']);
const mostNested = 3;

/**
 * Walks a parsed expression: which inputs and steps it names, and how deep list macros are nested.
 * @throws ExpressionError for what is not allowed: regular expressions (their cost has no bound), computed names of inputs and steps, deep nesting
 */
export function lookThrough(root: ASTNode): { readonly references: References; readonly depth: number } {
  const found = { inputs: [] as Reference[], steps: [] as Reference[] };
  let deepest = 0;

  function named(object: ASTNode, member: ASTNode | string, at: ASTNode): void {
    if (object.op !== 'id' || (object.args !== 'inputs' && object.args !== 'steps')) return;
    if (typeof member === 'string') found[object.args].push({ name: member, offset: at.start });
    else if (member.op === 'value' && typeof member.args === 'string') {
      found[object.args].push({ name: member.args, offset: at.start });
    } else throw new ExpressionError(`the name after ${object.args} must be written out`, at.start);
  }

  function walk(node: ASTNode, depth: number): void {
    if (node.op === '.' || node.op === '.?') {
      named(node.args[0], node.args[1], node);
      walk(node.args[0], depth);
      return;
    }
    if (node.op === '[]' || node.op === '[?]') named(node.args[0], node.args[1], node);
    let below = depth;
    if (node.op === 'rcall') {
      const [name] = node.args;
      if (name === 'matches') {
        throw new ExpressionError(
          'regular expressions are not available; use contains, startsWith or endsWith',
          node.start,
        );
      }
      if (listMacros.has(name)) below = depth + 1;
      deepest = Math.max(deepest, below);
      if (below > mostNested) {
        throw new ExpressionError(
          `list macros may stand at most ${mostNested} deep inside each other`,
          node.start,
        );
      }
    }
    if (node.op === 'call' && node.args[0] === 'matches') {
      throw new ExpressionError('regular expressions are not available', node.start);
    }
    for (const child of childrenOf(node.args)) walk(child, below);
  }

  walk(root, 0);
  return { references: found, depth: deepest };
}

/** The nodes among an operator's operands, however they are nested in arrays. */
function childrenOf(operands: unknown): ASTNode[] {
  if (Array.isArray(operands)) return operands.flatMap(childrenOf);
  return isNode(operands) ? [operands] : [];
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
}
