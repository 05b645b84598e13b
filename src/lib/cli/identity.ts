import { SpillwayError } from '../core/errors.ts';
import type { OrchestratorReader } from '../orchestrator/contract.ts';

/**
 * The check that the connected cluster is the one that the target pins (`identity.systemIdentifier`), made before every change.
 * Without a pin there is nothing to compare. Throws SpillwayError `refused`.
 */
export function pinnedIdentity(
  target: string,
  pinned: string | null,
  orchestrator: Pick<OrchestratorReader, 'identity'>,
): () => Promise<void> {
  return async () => {
    if (pinned === null) return;
    const { systemIdentifier } = await orchestrator.identity();
    if (systemIdentifier === pinned) return;
    const seen = systemIdentifier ?? 'one that this role may not identify (grant pg_monitor)';
    throw new SpillwayError(
      'refused',
      `target ${target} pins the PostgreSQL cluster ${pinned}, and the connected one is ${seen}; nothing was changed.`,
      {
        suggestions: [
          "check host and port of the target, or change the target's identity.systemIdentifier if the cluster was replaced on purpose",
        ],
      },
    );
  };
}
