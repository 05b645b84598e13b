import { postgresReader } from '../../src/lib/backends/postgres/reader.ts';
import { systemClock } from '../../src/lib/core/clock.ts';
import type { ReadContext } from '../../src/lib/core/operation.ts';
import type { ReadAccess } from '../../src/lib/operations/access.ts';
import { postgresOrchestratorReader } from '../../src/lib/orchestrator/postgres-reader.ts';
import type { PostgresConnection } from '../../test/servers/postgres-server.ts';

const names = {
  ...{
    schema: 'orchestrator',
    clients: 'clients',
    conversations: 'conversations',
    activations: 'activations',
  },
  ...{ errorLog: 'error_log', errorTotals: 'error_totals', settings: 'settings', canaries: 'canaries' },
};

/** A target whose time in the database is measured: from sending a transaction's first statement to the answer of its last. */
export function measuredTarget(connection: PostgresConnection) {
  const reader = postgresReader({
    ...{ ...connection, password: async () => connection.password, tls: 'disable' },
    ...{ connectTimeoutMs: 10_000, statementTimeoutMs: 30_000, applicationName: 'spillway-bench' },
  });
  let spentMs = 0;
  const measured: typeof reader = {
    ...reader,
    query: async (statement, values) => {
      const startedAt = performance.now();
      try {
        return await reader.query(statement, values);
      } finally {
        spentMs += performance.now() - startedAt;
      }
    },
    async snapshot(work, options) {
      const startedAt = performance.now();
      try {
        return await reader.snapshot(work, options);
      } finally {
        spentMs += performance.now() - startedAt;
      }
    },
  };
  const context: ReadContext<ReadAccess> = {
    target: 'bench',
    read: { orchestrator: postgresOrchestratorReader(measured, names) } as ReadAccess,
    clock: systemClock,
    signal: new AbortController().signal,
    progress: () => undefined,
    actor: 'bench',
  };
  return {
    context,
    /** Milliseconds in the database since the last call. */
    takeSpentMs() {
      const spent = spentMs;
      spentMs = 0;
      return spent;
    },
    close: () => reader.close(),
  };
}
