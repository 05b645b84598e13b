import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { z } from 'zod';
import { exitCodeOf, SpillwayError } from '../core/errors.ts';
import type { Json, JsonObject } from '../core/json.ts';
import { chooseIncident, openIncident, openIncidentOf } from '../incident/incident.ts';
import type { RunHistory } from '../journal/history.ts';
import type { Conduct } from '../runbook/conduct.ts';
import { type BookOutcome, runBook } from '../runbook/runner.ts';
import type { Runbook } from '../runbook/schema.ts';
import { renderBookOutcome } from '../views/runbook.ts';
import { guidedConduct } from './guided-conduct.ts';
import { type Answers, auditConduct, scriptedConduct } from './scripted-conduct.ts';
import type { Session } from './session.ts';
import { type ChangeFlags, TargetCommand } from './target-command.ts';

export interface RunFlags extends ChangeFlags {
  readonly skip?: readonly string[] | undefined;
  readonly choose?: readonly string[] | undefined;
  readonly answers?: string | undefined;
}

const answersSchema = z.strictObject({
  inputs: z.record(z.string(), z.json()).default({}),
  skip: z.record(z.string(), z.string().min(1)).default({}),
  choose: z.record(z.string(), z.array(z.json())).default({}),
});

/** What the three ways to run a book share. */
export abstract class RunbookCommand extends TargetCommand {
  /** Answers from the file, those of the flags on top. Throws SpillwayError `usage`. */
  protected async readAnswers(flags: RunFlags): Promise<Answers & { readonly inputs: JsonObject }> {
    const file =
      flags.answers === undefined ? { inputs: {}, skip: {}, choose: {} } : await answersOf(flags.answers);
    const skip = pairs(flags.skip, '--skip step=reason');
    const choose = Object.fromEntries(
      Object.entries(pairs(flags.choose, '--choose step=value,value')).map(([step, text]) => [
        step,
        text.split(',').map(wordToJson),
      ]),
    );
    return {
      inputs: file.inputs as JsonObject,
      skip: { ...file.skip, ...skip },
      choose: { ...(file.choose as Record<string, Json[]>), ...choose },
    };
  }

  /**
   * Which way: audit for `--dry-run`, scripted with `--confirm`, guided at a terminal.
   * Throws SpillwayError `refused` where nobody can be asked and the flag is missing.
   */
  protected conductFor(flags: RunFlags, target: string, answers: Answers): Conduct {
    if (flags['dry-run']) return auditConduct(this.streams);
    if (flags.confirm !== undefined)
      return scriptedConduct(
        this.streams,
        { targetTyped: flags.confirm, yes: true, how: 'flag --confirm' },
        answers,
      );
    if (this.mayAsk(flags)) return guidedConduct(this.streams, this.prompts, target);
    throw new SpillwayError(
      'refused',
      `a runbook changes ${target} and nobody can be asked here: --confirm ${target} is missing. Nothing was changed.`,
      {
        suggestions: [`--confirm ${target}`, '--dry-run   # shows every plan and changes nothing'],
      },
    );
  }

  /** Runs or resumes, shows the outcome, and sets the exit code. */
  protected async walk(
    session: Session,
    flags: RunFlags,
    parts: {
      readonly book: Runbook;
      readonly inputs: JsonObject;
      readonly conduct: Conduct;
      readonly history: RunHistory | null;
    },
  ): Promise<void> {
    const { book, inputs, conduct, history } = parts;
    if (flags.confirm !== undefined && flags.confirm !== session.target) {
      throw new SpillwayError(
        'refused',
        `"${flags.confirm}" is not the name of this target, which is "${session.target}"; nothing was changed.`,
        { suggestions: [`--confirm ${session.target}`] },
      );
    }
    const { expressionsOf } = await import('../runbook/expressions.ts');
    const { checkSnapshotOf } = await import('../operations/snapshot/guard.ts');
    const incidentId = conduct.applies
      ? (history?.incidentId ?? (await this.incidentFor(session, flags.incident, book)))
      : null;
    const outcome = await runBook(
      {
        env: session.env,
        book,
        inputs,
        incidentId,
        conduct,
        evaluate: expressionsOf(book),
        operationOf: (id) => session.operationOf(id),
        checkSnapshot: (steps) => checkSnapshotOf(session.env.read.snapshots, steps),
        takeOver: flags['take-over'],
      },
      history,
    );
    if (outcome.runId !== null) await session.mirrorJournal();
    this.showOutcome(flags, session.target, book, incidentId, outcome);
  }

  private showOutcome(
    flags: RunFlags,
    target: string,
    book: Runbook,
    incidentId: string | null,
    outcome: BookOutcome,
  ): void {
    const { runId, status, steps, plans } = outcome;
    const document = {
      target,
      runbook: book.id,
      runId,
      incidentId,
      status,
      steps: steps.map(({ id, operation, status: stepStatus, startedAt, finishedAt, summary }) => ({
        id,
        operation,
        status: stepStatus,
        startedAt,
        finishedAt,
        summary,
      })),
      ...(status === 'planned'
        ? { plans: Object.fromEntries([...plans].map(([id, { plan }]) => [id, plan])) }
        : {}),
    };
    this.show(flags.json, 'run/1', document, () =>
      renderBookOutcome({ book, incidentId, outcome }, this.streams.outStyle),
    );
    if (status === 'stopped') process.exitCode = exitCodeOf.refused;
    if (status === 'done' && steps.some((step) => step.status === 'unknown'))
      process.exitCode = exitCodeOf['unknown-outcome'];
  }

  /** The incident named, else the open one, else a new one with the book's title. */
  private async incidentFor(session: Session, named: string | undefined, book: Runbook): Promise<string> {
    const { journal, newId } = session.env;
    const records = await journal.read();
    if (named !== undefined) return chooseIncident(records, named).id;
    const open = openIncidentOf(records);
    if (open !== null) return open.id;
    const id = await openIncident(journal, { id: newId('inc'), title: book.title, severity: 'critical' });
    this.streams.err(`Incident ${id} opened: ${book.title}`);
    return id;
  }
}

/** `name=value` pairs. Throws SpillwayError `usage` with the form. */
export function pairs(words: readonly string[] | undefined, form: string): Record<string, string> {
  return Object.fromEntries(
    (words ?? []).map((word) => {
      const cut = word.indexOf('=');
      if (cut < 1) throw new SpillwayError('usage', `"${word}" is not of the form ${form}.`);
      return [word.slice(0, cut), word.slice(cut + 1)];
    }),
  );
}

/** A word as JSON where it is JSON, else as text. */
export function wordToJson(word: string): Json {
  try {
    return JSON.parse(word) as Json;
  } catch {
    return word;
  }
}

async function answersOf(file: string): Promise<z.output<typeof answersSchema>> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new SpillwayError(
      'usage',
      `the answers file ${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'error'}).`,
      { cause: error },
    );
  }
  const parsed = answersSchema.safeParse(parse(text));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    (issue) => `${issue.path.join('.') || 'the file'}: ${issue.message}`,
  );
  throw new SpillwayError('usage', `the answers file ${file} does not fit: ${problems.join('; ')}.`, {
    suggestions: ['it may hold inputs, skip and choose'],
  });
}
