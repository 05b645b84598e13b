import { SpillwayError } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';
import type { AnyCatalogueOperation } from './access.ts';

/** Every operation by id, each loaded when it is asked for. */
const loaders: Readonly<Record<string, () => Promise<AnyCatalogueOperation>>> = {
  'activations.list': async () => (await import('./activations/list.ts')).activationsList,
  'activations.pause': async () => (await import('./activations/pause.ts')).activationsPause,
  'activations.resume': async () => (await import('./activations/resume.ts')).activationsResume,
  'canary.send': async () => (await import('./canary/send.ts')).canarySend,
  'conversations.list': async () => (await import('./conversations/list.ts')).conversationsList,
  'conversations.resume': async () => (await import('./conversations/resume.ts')).conversationsResume,
  'conversations.show': async () => (await import('./conversations/show.ts')).conversationsShow,
  'conversations.stop': async () => (await import('./conversations/stop.ts')).conversationsStop,
  'database.health': async () => (await import('./database/health.ts')).databaseHealth,
  'diagnose.run': async () => (await import('./diagnose/run.ts')).diagnoseRun,
  'doctor.show': async () => (await import('./doctor/show.ts')).doctorShow,
  'errors.log': async () => (await import('./errors/log.ts')).errorsLog,
  'errors.log.set': async () => (await import('./errors/log-set.ts')).errorsLogSet,
  'errors.rate': async () => (await import('./errors/rate.ts')).errorsRate,
  'errors.top': async () => (await import('./errors/top.ts')).errorsTop,
  'notify.list': async () => (await import('./notify/list.ts')).notifyList,
  'notify.send': async () => (await import('./notify/send.ts')).notifySend,
  'queue.archives': async () => (await import('./queue/archives.ts')).queueArchives,
  'queue.list': async () => (await import('./queue/list.ts')).queueList,
  'queue.peek': async () => (await import('./queue/peek.ts')).queuePeek,
  'queue.purge': async () => (await import('./queue/purge.ts')).queuePurge,
  'queue.restore': async () => (await import('./queue/restore.ts')).queueRestore,
  'redis.health': async () => (await import('./redis/health.ts')).redisHealth,
  'services.list': async () => (await import('./services/list.ts')).servicesList,
  'services.restart': async () => (await import('./services/restart.ts')).servicesRestart,
  'snapshot.create': async () => (await import('./snapshot/create.ts')).snapshotCreate,
  'snapshot.list': async () => (await import('./snapshot/list.ts')).snapshotList,
  'snapshot.verify': async () => (await import('./snapshot/verify.ts')).snapshotVerify,
  'status.show': async () => (await import('./status/show.ts')).statusShow,
  'volume.show': async () => (await import('./volume/show.ts')).volumeShow,
  'watch.sample': async () => (await import('./watch/sample.ts')).watchSample,
};

/** Ids of all operations, sorted. */
export const operationIds: readonly string[] = Object.keys(loaders).sort();

/** Throws SpillwayError `usage` for an id that is not in the catalogue. */
export async function loadOperation(id: string): Promise<AnyCatalogueOperation> {
  const load = loaders[id];
  if (load === undefined) {
    throw new SpillwayError('usage', `there is no operation "${id}".`, {
      suggestions: nearest(id, operationIds),
    });
  }
  return load();
}
