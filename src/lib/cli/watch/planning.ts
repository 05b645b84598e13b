import { messageOf, SpillwayError } from '../../core/errors.ts';
import { planOperation } from '../../engine/execute.ts';
import type { Fix } from '../../operations/watch/fixes.ts';
import { renderCommands, renderPlan } from '../../views/plan.ts';
import { plainStyle } from '../../views/style.ts';
import type { Session } from '../session.ts';

/** A plan as text, one string a line; or why there is none. */
export interface PlanText {
  readonly failed: boolean;
  readonly text: readonly string[];
}

/** Makes the plan of a fix, by readers only, and gives it as text. Nothing here can apply it. Rejects when it is aborted, and for a bug. */
export async function planFix(
  session: Session,
  fix: Fix,
  options: { readonly signal: AbortSignal; onProgress(message: string): void },
): Promise<PlanText> {
  try {
    const operation = await session.operationOf(fix.operation);
    const progress = (message: string, fraction?: number) =>
      options.onProgress(fraction === undefined ? message : `${message} (${Math.floor(fraction * 100)} %)`);
    const env = { ...session.env, signal: options.signal, progress };
    const plan = await planOperation(env, operation, fix.input);
    const text = [
      renderPlan(plan, operation.impact, plainStyle),
      ...(plan.commands.length === 0 ? [] : ['', 'It sends:', renderCommands(plan)]),
    ];
    return { failed: false, text: text.join('\n').split('\n') };
  } catch (error) {
    options.signal.throwIfAborted();
    if (!(error instanceof SpillwayError)) throw error;
    const suggestions = error.suggestions.map((one) => `  ${one}`);
    return { failed: true, text: [`There is no plan: ${messageOf(error)}`, ...suggestions] };
  }
}
