import type { PostgresOptions } from '../backends/postgres/options.ts';
import { postgresReader } from '../backends/postgres/reader.ts';
import { postgresWriter } from '../backends/postgres/writer.ts';
import type { RedisOptions } from '../backends/redis/contract.ts';
import { redisReader, redisWriter } from '../backends/redis/handles.ts';
import type { Secret, TargetSettings } from '../config/schema.ts';
import { secretSource } from '../config/secrets.ts';
import { SpillwayError } from '../core/errors.ts';
import { redactor } from './redactor.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The target's Postgres: a reading handle (by the reading role where there is one) and a writing one. Connects nothing. */
export function postgresStore(settings: NonNullable<TargetSettings['postgres']>, environment: Environment) {
  const { host, port, database, user, connectTimeoutMs, statementTimeoutMs, reader: role } = settings;
  const shared = {
    host,
    port,
    database,
    tls: settings.tls ?? (isLoopback(host) ? 'disable' : 'verify-full'),
    connectTimeoutMs,
    statementTimeoutMs,
  } as const;
  if (shared.tls === 'disable' && !isLoopback(host)) {
    throw new SpillwayError(
      'usage',
      `postgres.tls: disable is allowed on loopback only, and ${host} is not.`,
      { suggestions: ['tls: verify-full'] },
    );
  }
  const main: PostgresOptions = {
    ...shared,
    user,
    password: password(settings.password, environment),
    applicationName: 'spillway',
  };
  const reading: PostgresOptions =
    role === undefined
      ? main
      : {
          ...shared,
          user: role.user,
          password: password(role.password, environment),
          applicationName: 'spillway',
        };
  const reader = postgresReader(reading);
  const writer = postgresWriter(main);
  return {
    options: main,
    readingOptions: role === undefined ? null : reading,
    reader,
    writer,
    close: () => Promise.all([reader.close(), writer.close()]),
  };
}

/** The target's Redis: a reading and a writing handle. Connects nothing. */
export function redisStore(settings: NonNullable<TargetSettings['redis']>, environment: Environment) {
  const { host, port, username, database, connectTimeoutMs, commandTimeoutMs } = settings;
  const options: RedisOptions = {
    host,
    port,
    username: username ?? null,
    password: password(settings.password, environment),
    database,
    tls: settings.tls ?? !isLoopback(host),
    connectTimeoutMs,
    commandTimeoutMs,
    connectionName: 'spillway',
  };
  const reader = redisReader(options);
  const writer = redisWriter(options);
  return { options, reader, writer, close: () => Promise.all([reader.close(), writer.close()]) };
}

/** Where people are told, with the secrets behind functions. */
export function notifierOptions(settings: TargetSettings, environment: Environment) {
  const { slack, statuspage } = settings.notify;
  return {
    slack:
      slack === undefined
        ? null
        : { webhook: remembered(slack.webhook, environment), channel: slack.channel ?? null },
    statusPage:
      statuspage === undefined
        ? null
        : {
            url: statuspage.url,
            page: statuspage.page,
            key: remembered(statuspage.key, environment),
            components: statuspage.components,
          },
  };
}

function password(secret: Secret | undefined, environment: Environment) {
  return secret === undefined ? null : remembered(secret, environment);
}

/** A secret's source that also tells the redactor what to keep out of every text. */
function remembered(secret: Secret, environment: Environment): () => Promise<string> {
  const source = secretSource(secret, environment);
  return async () => {
    const value = await source();
    redactor.remember(value);
    return value;
  };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
