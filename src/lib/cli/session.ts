import type { LockHolder } from '../core/lock.ts';
import type { Plan } from '../core/plan.ts';
import type { AnyOperation, EngineEnvironment } from '../engine/environment.ts';
import { planOperation } from '../engine/execute.ts';
import type { JournalVerification } from '../journal/verify.ts';
import type { ReadAccess, WriteAccess } from '../operations/access.ts';

/** An operation of the catalogue, whatever its input and data. */
export type TargetOperation = AnyOperation<ReadAccess, WriteAccess>;

/** One target, opened for one command. Nothing is connected until something is asked. */
export interface Session {
  readonly target: string;
  /** The file that defines the target. */
  readonly origin: string;
  readonly env: EngineEnvironment<ReadAccess, WriteAccess>;
  operationOf(id: string): Promise<TargetOperation>;
  verifyJournal(): Promise<JournalVerification>;
  lockHolder(): Promise<LockHolder | null>;
  /** Copies what the journal has and the store's copy lacks, where the target asks for a copy. Returns how many records were copied, null when there is no copy to keep. */
  mirrorJournal(): Promise<number | null>;
  close(): Promise<void>;
}

/** The result of a reading operation. Throws what planning throws. */
export async function diagnose<Data>(session: Session, id: string, input: unknown): Promise<Plan<Data>> {
  const operation = await session.operationOf(id);
  return (await planOperation(session.env, operation, input)) as Plan<Data>;
}
