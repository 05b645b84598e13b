import { z } from 'zod';

/** A secret is never written into the configuration: it comes from the environment, a file, or a command's standard output. */
const secret = z.union(
  [
    z.strictObject({ env: z.string().min(1).describe('name of an environment variable') }),
    z.strictObject({ file: z.string().min(1).describe('path of a file that holds the secret') }),
    z.strictObject({
      command: z.array(z.string()).min(1).describe('program and arguments whose output is the secret'),
    }),
  ],
  {
    error:
      'expected where the secret comes from, {env: NAME}, {file: PATH} or {command: [program, …]}; never the secret itself',
  },
);

const port = z.number().int().min(1).max(65_535);
const limitMs = z.number().int().min(50).max(600_000);

const postgres = z.strictObject({
  host: z.string().min(1),
  port: port.default(5432),
  database: z.string().min(1),
  user: z.string().min(1),
  password: secret.optional(),
  reader: z
    .strictObject({ user: z.string().min(1), password: secret.optional() })
    .optional()
    .describe('a role that can only read; planning uses it'),
  tls: z.enum(['verify-full', 'disable']).optional().describe('verify-full unless the host is loopback'),
  connectTimeoutMs: limitMs.default(4_000),
  statementTimeoutMs: limitMs.default(5_000),
});

const redis = z.strictObject({
  host: z.string().min(1),
  port: port.default(6379),
  username: z.string().optional(),
  password: secret.optional(),
  database: z.number().int().min(0).default(0),
  tls: z.boolean().optional().describe('true unless the host is loopback'),
  connectTimeoutMs: limitMs.default(4_000),
  commandTimeoutMs: limitMs.default(5_000),
});

const orchestrator = z.strictObject({
  schema: z.string().min(1).default('orchestrator'),
  clients: z.string().default('clients'),
  conversations: z.string().default('conversations'),
  activations: z.string().default('activations'),
  errorLog: z.string().default('error_log'),
  errorTotals: z.string().default('error_totals'),
  settings: z.string().default('settings'),
  canaries: z.string().default('canaries'),
});

const queue = z.strictObject({
  driver: z.literal('redis-list').default('redis-list'),
  channels: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[a-z][a-z0-9_-]*$/),
        queue: z.string().min(1).describe('key of the list; consumers take from the right'),
        processing: z
          .string()
          .min(1)
          .describe('key pattern of the lists of messages in work, with * for the worker'),
        stats: z.string().min(1).describe('key of the hash of counters: injected, processed, failed'),
      }),
    )
    .min(1),
});

const service = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]*$/),
  health: z.string().optional().describe('URL that answers 200 when the service is healthy'),
  restart: z.array(z.string()).min(1).describe('program and arguments that restart it'),
  healthyWithinMs: limitMs.default(30_000),
});

const notify = z.strictObject({
  slack: z.strictObject({ webhook: secret, channel: z.string().optional() }).optional(),
  statuspage: z
    .strictObject({
      url: z.string().default('https://api.statuspage.io'),
      page: z.string().min(1),
      key: secret,
      components: z.array(z.string()).default([]),
    })
    .optional(),
});

/** One environment. A target may have only one of the two stores. */
export const targetSchema = z
  .strictObject({
    postgres: postgres.optional(),
    redis: redis.optional(),
    identity: z
      .strictObject({
        systemIdentifier: z
          .string()
          .optional()
          .describe('system_identifier of the Postgres cluster, as `spillway status` prints it'),
      })
      .optional(),
    orchestrator: orchestrator.prefault({}),
    queue: queue.optional(),
    services: z.array(service).default([]).describe('in the order in which they are restarted'),
    snapshot: z
      .strictObject({
        folder: z.string().optional(),
        jobs: z.number().int().min(1).max(16).default(2),
        timeoutMs: z.number().int().min(1_000).default(1_800_000),
      })
      .prefault({}),
    archive: z.strictObject({ folder: z.string().optional() }).prefault({}),
    notify: notify.prefault({}),
    journal: z
      .strictObject({
        mirror: z.boolean().default(false).describe('copy the journal to the table spillway.journal'),
      })
      .prefault({}),
    expected: z.strictObject({ deliveriesPerSecond: z.number().positive().optional() }).prefault({}),
  })
  .refine((target) => target.postgres !== undefined || target.redis !== undefined, {
    message: 'a target needs `postgres`, `redis`, or both',
  });

/** A whole configuration file. */
export const configSchema = z.strictObject({
  defaultTarget: z.string().optional(),
  targets: z.record(
    z
      .string()
      .regex(
        /^[A-Za-z0-9][A-Za-z0-9_-]*$/,
        "a target's name is letters, digits, - and _, and starts with a letter or digit",
      ),
    targetSchema,
  ),
});

export type Secret = z.output<typeof secret>;
export type TargetSettings = z.output<typeof targetSchema>;
/** What a file may hold before defaults are filled in. */
export type TargetInput = z.input<typeof targetSchema>;
export type Config = z.output<typeof configSchema>;
export type ServiceSettings = TargetSettings['services'][number];

/** The names of the reference orchestrator's tables. */
export function defaultNames(): TargetSettings['orchestrator'] {
  return orchestrator.parse({});
}
