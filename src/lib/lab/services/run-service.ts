import { messageOf } from '../../core/errors.ts';
import { dispatcherChannels, type ProcessName } from '../names.ts';
import { type LabRecord, processOf } from '../record.ts';
import type { RunningService, ServiceContext } from './context.ts';
import { Health } from './health.ts';
import { openServicePort } from './http.ts';

export interface ServiceProcess {
  readonly name: ProcessName;
  readonly record: LabRecord;
  readonly pid: number;
  /** Aborted by SIGTERM or SIGINT. */
  readonly stop: AbortSignal;
  write(line: string): void;
}

/**
 * Runs one service until it is told to stop. The port is opened first: it is what keeps two processes of one name apart.
 * @returns when everything in work is settled or given back
 */
export async function runService(process: ServiceProcess): Promise<void> {
  const log = (line: string): void => process.write(`${new Date().toISOString()} ${process.name} ${line}`);
  const context: ServiceContext = {
    name: process.name,
    record: process.record,
    stop: process.stop,
    health: new Health(log),
    log,
  };
  let service: RunningService | undefined;
  const server = await openServicePort(
    context,
    processOf(process.record, process.name).port,
    process.pid,
    () => service,
  );
  try {
    service = await startNamed(context);
    await service.ended;
    log('has ended');
  } catch (error) {
    log(`failed: ${messageOf(error)}`);
    throw error;
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

/** Each service loads only what it needs: eleven of them start at once. */
async function startNamed(context: ServiceContext): Promise<RunningService> {
  const channel = dispatcherChannels[context.name];
  if (channel) return (await import('./dispatcher.ts')).startDispatcher(context, channel);
  switch (context.name) {
    case 'director':
      return (await import('./director.ts')).startDirector(context);
    case 'bulk-load-api':
      return (await import('./bulk-load.ts')).startBulkLoad(context);
    case 'do-not-contact-api':
      return (await import('./do-not-contact.ts')).startDoNotContact(context);
    case 'inbox':
      return (await import('./inbox.ts')).startInbox(context);
    default:
      return (await import('./traffic.ts')).startTraffic(context);
  }
}
