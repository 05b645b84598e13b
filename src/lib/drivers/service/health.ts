import type { Clock } from '../../core/clock.ts';
import { messageOf } from '../../core/errors.ts';
import { visible } from '../../core/visible.ts';

/** How long a service may take to answer its health check, in milliseconds. */
const healthLimitMs = 2_000;

const mostBytes = 2_048;
const mostCharacters = 160;

/** What a health check saw. */
export interface Health {
  readonly healthy: boolean;
  readonly detail: string;
}

/**
 * Asks a health URL: healthy is HTTP 200 within the limit, everything else is not. Redirects are not followed. A JSON body with `detail`, `message` or
 * `status` (text) explains; it is made visible and cut.
 * @throws the signal's reason when it is aborted
 */
export async function checkHealth(
  url: string,
  clock: Clock,
  signal?: AbortSignal,
  limitMs = healthLimitMs,
): Promise<Health> {
  const limit = AbortSignal.timeout(limitMs);
  const startedMs = clock.monotonicMs();
  try {
    const response = await fetch(url, {
      redirect: 'manual',
      // the process behind the address is about to be replaced: a kept connection would be a dead one
      headers: { connection: 'close', accept: 'application/json' },
      signal: signal === undefined ? limit : AbortSignal.any([limit, signal]),
    });
    const said = explanation(await beginning(response));
    const tookMs = Math.round(clock.monotonicMs() - startedMs);
    return {
      healthy: response.status === 200,
      detail: `${response.status} in ${tookMs} ms${said === null ? '' : `: ${said}`}`,
    };
  } catch (error) {
    signal?.throwIfAborted();
    if (limit.aborted) return { healthy: false, detail: `no answer within ${limitMs} ms` };
    return { healthy: false, detail: visible(reasonOf(error)).slice(0, mostCharacters) };
  }
}

async function beginning(response: Response): Promise<string> {
  if (response.body === null) return '';
  const reader = response.body.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  while (size < mostBytes) {
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
    size += value.length;
  }
  await reader.cancel();
  return Buffer.concat(chunks).subarray(0, mostBytes).toString('utf8');
}

function explanation(body: string): string | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    // a body is optional, and one that is not JSON explains nothing
    return null;
  }
  if (typeof parsed !== 'object' || parsed === null) return null;
  for (const member of ['detail', 'message', 'status']) {
    const value = (parsed as Record<string, unknown>)[member];
    if (typeof value === 'string' && value !== '') return visible(value).slice(0, mostCharacters);
  }
  return null;
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof Error && 'code' in cause) {
    if (cause.code === 'ECONNREFUSED') return 'connection refused';
    if (cause.code === 'ECONNRESET') return 'connection closed before an answer';
    if (cause.code === 'ENOTFOUND') return 'host not found';
    return cause.message || String(cause.code);
  }
  return messageOf(cause ?? error);
}
