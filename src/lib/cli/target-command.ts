import { SpillwayError } from '../core/errors.ts';
import type { Impact } from '../core/operation.ts';
import type { Plan } from '../core/plan.ts';
import type { Execution } from '../engine/execute.ts';
import { execute, planOperation, planToResume, resumeOperation } from '../engine/execute.ts';
import { chooseIncident, openIncidentOf } from '../incident/incident.ts';
import type { RunHistory } from '../journal/history.ts';
import { renderChecks, renderPlan, renderSteps } from '../views/plan.ts';
import { consentAsker } from './ask-consent.ts';
import { SpillwayCommand } from './base-command.ts';
import { interruptSignal } from './interrupt.ts';
import { progressLine } from './progress.ts';
import { type Prompts, terminalPrompts } from './prompts.ts';
import { diagnose, type Session } from './session.ts';

/** The flags that decide how a target command behaves, as oclif parsed them. */
export interface TargetFlags {
  readonly json: boolean;
  readonly 'no-input': boolean;
  readonly target?: string | undefined;
}

export interface ChangeFlags extends TargetFlags {
  readonly 'dry-run': boolean;
  readonly yes: boolean;
  readonly confirm?: string | undefined;
  readonly incident?: string | undefined;
  readonly 'take-over': boolean;
}

/** A command that works on one target through a session. */
export abstract class TargetCommand extends SpillwayCommand {
  protected readonly prompts: Prompts = terminalPrompts();

  /** Opens the target, runs `work`, and closes everything, whatever happens. */
  protected async withSession(flags: TargetFlags, work: (session: Session) => Promise<void>): Promise<void> {
    const { openSession } = await import('./compose.ts');
    const interrupt = interruptSignal(this.streams);
    const progress = progressLine(this.streams, flags.json);
    try {
      const session = await openSession({
        targetName: flags.target ?? null,
        signal: interrupt.signal,
        progress: progress.update,
        streams: this.streams,
      });
      try {
        await work(session);
      } finally {
        progress.clear();
        await session.close();
      }
    } finally {
      progress.clear();
      interrupt.dispose();
    }
  }

  /** Runs a reading operation and shows its data as `spillway/<schema>`. */
  protected async diagnose<Data extends object>(
    flags: TargetFlags,
    id: string,
    input: unknown,
    schema: string,
    render: (data: Data, summary: string) => string,
  ): Promise<void> {
    await this.withSession(flags, async (session) => {
      const plan = await diagnose<Data>(session, id, input);
      this.show(flags.json, schema, { target: session.target, ...plan.data }, () =>
        render(plan.data, plan.summary),
      );
    });
  }

  /** Plans a change and, unless it is a dry run, asks, applies and verifies it; shows the plan or what was done. */
  protected async change(
    flags: ChangeFlags,
    id: string,
    input: object | ((incidentId: string | null) => object),
  ): Promise<void> {
    await this.withSession(flags, async (session) => {
      const operation = await session.operationOf(id);
      const incidentId = await this.incidentOf(session, flags.incident);
      const given = typeof input === 'function' ? input(incidentId) : input;
      if (flags['dry-run']) {
        this.showPlan(flags, await planOperation(session.env, operation, given), operation.impact);
        return;
      }
      const execution = await execute(session.env, operation, given, {
        incidentId,
        takeOver: flags['take-over'],
        ask: this.asker(flags),
      });
      await this.conclude(session, flags, execution, incidentId);
    });
  }

  /** The end of every dry run. */
  protected showPlan(flags: TargetFlags, plan: Plan<unknown>, impact: Impact): void {
    this.show(
      flags.json,
      'plan/1',
      plan,
      () => `${renderPlan(plan, impact, this.streams.outStyle)}\n\nDry run: nothing was changed.`,
    );
  }

  /** Goes on with the run of a single operation. */
  protected async resumeOperationRun(
    session: Session,
    flags: ChangeFlags,
    history: RunHistory,
  ): Promise<void> {
    const operation = await session.operationOf(history.name);
    if (flags['dry-run']) {
      this.showPlan(flags, planToResume(history), operation.impact);
      return;
    }
    const execution = await resumeOperation(session.env, operation, history, {
      takeOver: flags['take-over'],
      ask: this.asker(flags),
    });
    await this.conclude(session, flags, execution, history.incidentId);
  }

  protected asker(flags: ChangeFlags) {
    return consentAsker(
      { yes: flags.yes, confirm: flags.confirm, mayAsk: this.mayAsk(flags) },
      this.streams,
      this.prompts,
    );
  }

  protected mayAsk(flags: TargetFlags): boolean {
    return !flags['no-input'] && !flags.json && this.streams.interactive;
  }

  /** The incident named by the flag, else the open one, else none. */
  protected async incidentOf(session: Session, named: string | undefined): Promise<string | null> {
    const records = await session.env.journal.read();
    return named === undefined ? (openIncidentOf(records)?.id ?? null) : chooseIncident(records, named).id;
  }

  private async conclude(
    session: Session,
    flags: ChangeFlags,
    execution: Execution,
    incidentId: string | null,
  ): Promise<void> {
    const { plan, runId, status, steps, checks } = execution;
    if (runId !== null) await session.mirrorJournal();
    const { outStyle } = this.streams;
    this.show(
      flags.json,
      'change/1',
      { target: session.target, operation: plan.operation, runId, incidentId, status, plan, steps, checks },
      () => {
        if (status === 'nothing-to-do') return `${plan.summary}\nNothing to change.`;
        const undo = steps.filter((step) => step.undo !== null).map((step) => step.id);
        return [
          outStyle.bold(plan.summary),
          '',
          renderSteps(steps, outStyle),
          ...(checks.length > 0 ? [renderChecks(checks, outStyle)] : []),
          '',
          ...(undo.length > 0 ? [`Undo it:  spillway undo ${undo.length === 1 ? undo[0] : runId}`] : []),
        ]
          .join('\n')
          .trimEnd();
      },
    );
    if (status === 'check-failed') process.exitCode = 4;
  }
}

/** Ids typed as arguments, also separated by commas. Throws SpillwayError `usage` for anything else. */
export function idsOf(argv: readonly unknown[]): number[] {
  return argv
    .flatMap((argument) => String(argument).split(','))
    .filter((word) => word !== '')
    .map((word) => {
      if (!/^\d{1,15}$/.test(word))
        throw new SpillwayError('usage', `"${word}" is not an id: ids are whole numbers.`);
      return Number(word);
    });
}

/** The selection flags of `activations` and `queue` commands as the operations take them. */
export function selectionOf(flags: {
  readonly all: boolean;
  readonly client?: readonly number[] | undefined;
  readonly conversation?: readonly number[] | undefined;
  readonly activation?: readonly number[] | undefined;
}): object {
  return {
    ...(flags.all ? { all: true } : {}),
    ...(flags.client === undefined ? {} : { clientIds: flags.client }),
    ...(flags.conversation === undefined ? {} : { conversationIds: flags.conversation }),
    ...(flags.activation === undefined ? {} : { activationIds: flags.activation }),
  };
}
