import { z } from 'zod';
import { SpillwayError } from '../../core/errors.ts';
import type { Json } from '../../core/json.ts';
import type { ReadContext } from '../../core/operation.ts';
import { nobody } from '../../core/plan.ts';
import {
  type Destination,
  type StatusPageIncident,
  type StatusPageState,
  statusPageStates,
} from '../../drivers/notifier/driver.ts';
import type { CatalogueOperation, ReadAccess } from '../access.ts';

const input = z
  .strictObject({
    to: z.enum(['slack', 'status-page']),
    message: z.string().trim().min(1).max(10_000),
    title: z.string().trim().min(1).max(150).optional(),
    state: z.enum(statusPageStates).optional().describe('for the status page'),
    incidentRef: z.string().min(1).nullable().optional().describe('id of the Spillway incident'),
  })
  .refine((one) => one.to === 'slack' || one.state !== undefined, {
    path: ['state'],
    message: `the status page needs a state: ${statusPageStates.join(', ')}`,
  });

/** What the incident on the status page is called when nobody says. */
const defaultTitle = 'Degraded message processing';

/** What a plan of `notify.send` carries. */
export interface NotifySendData {
  readonly to: 'slack' | 'status-page';
  readonly destination: Destination;
  readonly state: StatusPageState | null;
  readonly title: string | null;
  readonly message: string;
  readonly incidentRef: string | null;
  /** The incident of the status page as it is now; null when one will be made. */
  readonly existing: StatusPageIncident | null;
}

/**
 * `notify.send`: one message to the Slack channel, or one state to the status page. The status page's incident that belongs to the same Spillway incident is
 * updated, never made twice. What people have read cannot be taken back.
 */
export const notifySend: CatalogueOperation<z.output<typeof input>, NotifySendData> = {
  id: 'notify.send',
  title: 'Tell people: Slack or the status page',
  impact: 'external',
  input,

  async plan(context, { to, message, title, state, incidentRef }) {
    const destination = context.read.notifier.destinations().find((one) => one.to === to);
    if (destination === undefined) throw notConfigured(context.target, to);
    const ref = incidentRef ?? null;
    const existing = to === 'status-page' ? await find(context, ref, title ?? defaultTitle) : null;
    const name = title ?? (to === 'status-page' ? (existing?.name ?? defaultTitle) : null);
    const data: NotifySendData = {
      ...{ to, destination, state: to === 'status-page' ? (state ?? null) : null, title: name, message },
      incidentRef: ref,
      existing,
    };
    return {
      operation: 'notify.send',
      target: context.target,
      summary: summaryOf(data),
      basis: {
        measuredAt: context.clock.now().toISOString(),
        facts:
          to === 'slack'
            ? []
            : [{ name: 'incident on the status page', value: existing?.id ?? null, tolerance: 'exact' }],
      },
      changes: [
        {
          id: 'send',
          target: placeOf(destination),
          action: to === 'slack' ? 'post' : existing === null ? 'open an incident' : 'update the incident',
          count: 1,
          before: existing === null ? null : { id: existing.id, status: existing.status },
          after: {
            ...(data.state === null ? {} : { status: data.state }),
            title: name,
            message,
            incidentRef: ref,
          },
        },
      ],
      blastRadius: nobody,
      irreversible: ['People will have read it; it cannot be taken back.'],
      commands: [requestOf(data)],
      notes: [],
      data,
    };
  },

  async apply(context, plan) {
    const [change] = plan.changes;
    if (change === undefined) throw new RangeError('the plan has no change');
    const { to, title, message, state, incidentRef } = plan.data;
    await context.step(change, null, async (write): Promise<Json> => {
      if (to === 'slack' || state === null) {
        await write.notifier.slack({ title, text: message }, context.signal);
        return { to: 'slack' };
      }
      // Looked up again inside the step: a run that is resumed must find what its lost attempt has made.
      const existing = await find(context, incidentRef, title);
      const sent = await write.notifier.statusPage(
        { existingId: existing?.id ?? null, state, title: title ?? '', body: message, incidentRef },
        context.signal,
      );
      return { to: 'status-page', id: sent.id, status: sent.status, link: sent.link };
    });
  },

  async verify(context, plan) {
    const { to, state, incidentRef, title, message } = plan.data;
    // A webhook gives no way to read back: Slack's `ok` is all there is, and without it the step has failed.
    if (to === 'slack') return [];
    // A resolved incident without metadata is no longer found by its name.
    const found = await find(context, incidentRef, title);
    if (found === null && state === 'resolved') {
      return [{ name: 'status page', ok: true, detail: 'no open incident of this name is left' }];
    }
    return [
      {
        name: 'status page',
        ok: found?.status === state && (found.lastBody === null || found.lastBody === message),
        detail: found === null ? 'the incident is not on the page' : `the page shows ${found.status}`,
      },
    ];
  },

  async undo() {
    throw new SpillwayError('refused', 'People have read it; a message cannot be taken back.', {
      suggestions: ['send a correction'],
    });
  },

  /**
   * The status page can be read back. Slack cannot: its message may be sent again, since being told twice is better than a run that cannot go on.
   */
  async probe(context, step) {
    const { after } = step.change;
    if (typeof after !== 'object' || after === null || !('status' in after)) return 'partial';
    const title = 'title' in after && typeof after.title === 'string' ? after.title : null;
    const ref = 'incidentRef' in after && typeof after.incidentRef === 'string' ? after.incidentRef : null;
    const found = await find(context, ref, title);
    if (found === null) return after.status === 'resolved' ? 'partial' : 'not-done';
    return found.status === after.status && 'message' in after && found.lastBody === after.message
      ? 'done'
      : 'not-done';
  },
};

function find(
  context: Pick<ReadContext<ReadAccess>, 'read' | 'signal'>,
  incidentRef: string | null,
  name: string | null,
): Promise<StatusPageIncident | null> {
  return context.read.notifier.findStatusPageIncident({ incidentRef, name }, context.signal);
}

function notConfigured(target: string, to: 'slack' | 'status-page'): SpillwayError {
  const [what, where] =
    to === 'slack' ? ['Slack channel', 'notify.slack'] : ['status page', 'notify.statuspage'];
  return new SpillwayError('usage', `Target ${target} has no ${what}.`, {
    suggestions: [`add \`${where}\` to the target in spillway.yaml`],
  });
}

function placeOf(destination: Destination): string {
  if (destination.to === 'slack') return `Slack ${destination.channel ?? 'channel of the webhook'}`;
  return `status page ${destination.page} (${destination.host})`;
}

function summaryOf({ destination, existing, state }: NotifySendData): string {
  if (destination.to === 'slack') return `Post a message to ${placeOf(destination)}.`;
  return existing === null
    ? `Open an incident on ${placeOf(destination)} as ${state ?? ''}.`
    : `Set the incident "${existing.name}" on ${placeOf(destination)} from ${existing.status} to ${state ?? ''}.`;
}

/** The request, for people: the webhook's address and the key are secrets and are left out. */
function requestOf({ destination, existing }: NotifySendData): string {
  if (destination.to === 'slack') return 'POST <the webhook>';
  const path = `https://${destination.host}/v1/pages/${destination.page}/incidents`;
  return existing === null ? `POST ${path}` : `PATCH ${path}/${existing.id}`;
}
