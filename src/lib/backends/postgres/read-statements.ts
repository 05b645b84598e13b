import { SpillwayError } from '../../core/errors.ts';
import type { Statement } from './statement.ts';

/** Anything else (`commit`, `lock`, `copy`, `do`) could end the read-only transaction or do what it does not forbid. */
const reading = /^(select|with|values|table|show)\b/i;

/**
 * Functions that a `read only` transaction lets through although they act: on other sessions, on locks, on the server, on its statistics, or on another database
 * (measured with PostgreSQL 15).
 */
const acting =
  /\b(pg_(try_)?advisory_\w+|pg_notify|pg_(terminate|cancel)_backend|pg_reload_conf|pg_rotate_logfile|pg_switch_wal|pg_create_restore_point|pg_(backup|wal_replay)_\w+|pg_promote|pg_logical_\w+|pg_(create|drop|copy)_\w*slot|pg_stat_reset\w*|pg_stat_statements_reset|pg_prewarm|dblink\w*|lo_\w+|set_config)\s*\(/i;

/**
 * The reading connection's own list, beside the read-only transaction: statements are this program's, and this keeps a slip in one of them from acting.
 * Throws SpillwayError `failed`; nothing was sent.
 */
export function demandReading(statement: Statement): void {
  const text = statement.text.replace(/^(\s|--[^\n]*\n|\/\*[\s\S]*?\*\/)+/, '');
  const function_ = acting.exec(text)?.[1];
  if (reading.test(text) && function_ === undefined) return;
  const what = function_ ?? /^\w*/.exec(text)?.[0] ?? '';
  throw new SpillwayError(
    'failed',
    `the reading connection does not send "${what}": it is not a reading statement`,
  );
}
