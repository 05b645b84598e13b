import { nearest } from '../core/nearest.ts';
import type { Fault, Path, SourceDocument } from './document.ts';
import { ExpressionError, type Reference } from './expression-syntax.ts';
import { Expressions } from './expressions.ts';
import type { Runbook, RunbookStep, StepValue } from './schema.ts';

/**
 * What the schema cannot see: operations that do not exist, steps named twice, gates that do not go forward, expressions that do not compile or
 * name an input or a step that is not there (or comes later).
 */
export function referenceFaults(
  document: SourceDocument,
  book: Runbook,
  knownOperations: readonly string[],
): Fault[] {
  const faults: Fault[] = [];
  const ids = book.steps.map((step) => step.id);
  const expressions = new Expressions();

  function fault(path: Path, message: string, offset = 0): void {
    faults.push({ ...document.placeOf(path, offset), message });
  }

  function named(reference: Reference, kind: 'input' | 'step', known: readonly string[], path: Path): void {
    if (known.includes(reference.name)) return;
    const later = kind === 'step' && ids.includes(reference.name);
    fault(
      path,
      later
        ? `step ${reference.name} comes later: nothing is known of it here`
        : `there is no ${kind} "${reference.name}"${hint(reference.name, known)}`,
      reference.offset,
    );
  }

  /** `own`: how many steps are known where the expression runs. */
  function expression(source: string, path: Path, own: number): void {
    try {
      const { references } = expressions.compile(source);
      const inputs = Object.keys(book.inputs);
      for (const reference of references.inputs) named(reference, 'input', inputs, path);
      for (const reference of references.steps) named(reference, 'step', ids.slice(0, own), path);
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      fault(path, `not a valid expression: ${error.message}`, error.offset);
    }
  }

  function values(value: StepValue, path: Path, own: number): void {
    if (value === null || typeof value !== 'object') return;
    for (const [key, item] of Object.entries(value)) {
      const at = [...path, Array.isArray(value) ? Number(key) : key];
      if (key === 'cel' && typeof item === 'string') expression(item, at, own);
      else values(item, at, own);
    }
  }

  function gate(step: RunbookStep, index: number, path: Path): void {
    if (step.gate === undefined) return;
    const targets = [
      ...step.gate.branches.map((branch, number) => ({ to: branch.to, at: ['branches', number, 'to'] })),
      { to: step.gate.default.to, at: ['default', 'to'] },
    ];
    for (const { to, at } of targets) {
      if (to === 'end') continue;
      const place = ids.indexOf(to);
      const full = [...path, 'gate', ...at];
      if (place < 0) fault(full, `there is no step "${to}"${hint(to, [...ids, 'end'])}`);
      else if (place <= index)
        fault(full, `a gate goes forward only, and ${to} does not come after ${step.id}`);
    }
    for (const [number, branch] of step.gate.branches.entries()) {
      expression(branch.when, [...path, 'gate', 'branches', number, 'when'], index + 1);
    }
  }

  for (const [index, step] of book.steps.entries()) {
    const path = ['steps', index];
    if (ids.indexOf(step.id) < index) fault([...path, 'id'], `step "${step.id}" exists already`);
    if (step.id === 'end') fault([...path, 'id'], '"end" is the end of the runbook and cannot name a step');
    if (step.operation !== undefined && !knownOperations.includes(step.operation)) {
      fault(
        [...path, 'operation'],
        `there is no operation "${step.operation}"${hint(step.operation, knownOperations)}`,
      );
    }
    if (step.when !== undefined) expression(step.when, [...path, 'when'], index);
    for (const [name, value] of Object.entries(step.with)) values(value, [...path, 'with', name], index);
    if (step.choose !== undefined) {
      expression(step.choose.from, [...path, 'choose', 'from'], index);
      expression(step.choose.default, [...path, 'choose', 'default'], index);
    }
    for (const [number, { cel }] of step.expect.entries()) {
      expression(cel, [...path, 'expect', number, 'cel'], index + 1);
    }
    if (step.retry !== undefined && step.expect.length === 0) {
      fault([...path, 'retry'], 'retry needs `expect`: it repeats until that holds');
    }
    gate(step, index, path);
    snapshotGuard(step, index, path);
  }
  return faults;

  function snapshotGuard(step: RunbookStep, index: number, path: Path): void {
    const guard = step.snapshotGuard;
    if (guard === undefined) return;
    const at = [...path, 'snapshotGuard'];
    const place = ids.indexOf(guard);
    if (place < 0) fault(at, `there is no step "${guard}"${hint(guard, ids)}`);
    else if (place >= index) fault(at, `step ${guard} comes later: its snapshot cannot guard this one`);
    else if (book.steps[place]?.operation !== 'snapshot.create') {
      fault(at, `step ${guard} makes no snapshot: its operation is not snapshot.create`);
    }
  }
}

/** ` (did you mean x?)`, or what there is when nothing is near and the list is short. */
export function hint(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  if (near.length > 0) return ` (did you mean ${near.join(' or ')}?)`;
  return known.length > 0 && known.length <= 30 ? ` (there are ${known.join(', ')})` : '';
}
