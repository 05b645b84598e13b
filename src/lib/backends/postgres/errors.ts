import { messageOf, SpillwayError } from '../../core/errors.ts';
import { visible } from '../../core/visible.ts';
import type { PostgresAddress } from './contract.ts';

interface ServerError {
  readonly code?: string;
  readonly message: string;
}

/** SQLSTATEs that mean that the server cannot be used now, with the reason in words. */
const unavailable: Readonly<Record<string, string>> = {
  '53300': 'all its connections are taken',
  '57P01': 'the server closed the connection (administrator command)',
  '57P02': 'the server crashed and restarts',
  '57P03': 'the server is starting up, shutting down or recovering',
  '28P01': 'the password was refused',
  '28000': 'the login was refused',
  '3D000': 'the database does not exist',
  '08006': 'the connection was lost',
  '08001': 'the connection could not be made',
  '08P01': 'the server (or a pooler in front of it) broke the protocol',
};

const connectionLost = new Set([
  'ECONNRESET',
  'EPIPE',
  'ECONNREFUSED',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
]);

/** What Node says of a certificate that does not hold, in words. */
const untrusted: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by itself',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is signed by an authority that this machine does not know',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'its certificate is signed by an authority that this machine does not know',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'its certificate is signed by an authority that this machine does not know',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet: is a clock wrong?',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host name',
};

/** Whether the error says that the connection is gone, so that it cannot be known whether the server carried the statement out. */
function isConnectionLoss(error: unknown): boolean {
  const { code = '', message } = error as ServerError;
  return (
    connectionLost.has(code) ||
    /connection terminated|timeout expired|read timeout|connection error|not queryable/i.test(message)
  );
}

/** Whether the connection is of no further use: it is lost, or the server says that it ends it (57P01–57P03, class 08). */
export function endsConnection(error: unknown): boolean {
  const { code } = error as ServerError;
  return isConnectionLoss(error) || /^(57P0[123]|08)/.test(code ?? '');
}

/** `host:port` as people write it. */
export function endpoint(address: PostgresAddress): string {
  return `${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`;
}

/** Turns what `pg` throws into a SpillwayError that names the place and what to type, and holds no row values and no secret. */
export function translate(error: unknown, address: PostgresAddress, intent: 'read' | 'write'): SpillwayError {
  if (error instanceof SpillwayError) return error;
  const { code = '' } = error as ServerError;
  const message = visible(messageOf(error));
  const where = `PostgreSQL at ${endpoint(address)}, database ${address.database}, user ${address.user}`;
  const reason = unavailable[code];
  if (reason !== undefined) {
    return new SpillwayError('unreachable', `${where}: ${reason}.`, {
      suggestions: remedies(code, address),
      details: { sqlState: code, host: address.host, port: address.port },
    });
  }
  if (isConnectionLoss(error)) {
    return new SpillwayError('unreachable', `${where}: no answer (${message}).`, {
      suggestions: remedies(code, address),
      details: { host: address.host, port: address.port },
    });
  }
  const distrust = /does not support SSL/.test(message) ? 'it does not offer TLS' : untrusted[code];
  if (distrust !== undefined) {
    return new SpillwayError('unreachable', `${where}: the connection is not safe: ${distrust}.`, {
      suggestions: tlsRemedies(code, distrust),
      details: { host: address.host, port: address.port },
    });
  }
  if (code === '42501') return missingPrivilege(message, address, intent);
  if (code === '57014') {
    return new SpillwayError(
      'failed',
      `${where}: the statement took longer than its limit and was cancelled.`,
      { details: { sqlState: code } },
    );
  }
  if (code === '55P03') {
    return new SpillwayError(
      'failed',
      `${where}: a lock that another session holds was not released within the limit.`,
      {
        suggestions: ['spillway database health   # shows who blocks whom'],
        details: { sqlState: code },
      },
    );
  }
  if (code === '42P01' || code === '3F000') {
    return new SpillwayError(
      'usage',
      `${where}: ${message}. The target's mapping does not fit this database.`,
      {
        suggestions: ['check `orchestrator.schema` and the table names of the target in spillway.yaml'],
        details: { sqlState: code },
      },
    );
  }
  return new SpillwayError('failed', `${where}: ${message}${code === '' ? '' : ` (SQLSTATE ${code})`}.`, {
    details: { sqlState: code },
    cause: error,
  });
}

function tlsRemedies(code: string, distrust: string): string[] {
  if (distrust === 'it does not offer TLS')
    return ['alter system set ssl = on;   # on the server, with ssl_cert_file and ssl_key_file'];
  if (code.startsWith('ERR_TLS'))
    return ["set the target's `postgres.host` to a name that the certificate is for"];
  if (code.startsWith('CERT_')) return ['openssl x509 -in CERTIFICATE -noout -dates   # on the server'];
  return ['export NODE_EXTRA_CA_CERTS=/path/of/the/authority.pem   # then again'];
}

function remedies(code: string, address: PostgresAddress): string[] {
  if (code === '28P01' || code === '28000')
    return ["check the target's `postgres.user` and `postgres.password` in spillway.yaml"];
  if (code === '3D000') return ["check the target's `postgres.database` in spillway.yaml"];
  if (code === '53300')
    return [
      'close idle sessions, or let Spillway use a reserved connection (reserved_connections, superuser_reserved_connections)',
    ];
  return [`pg_isready -h ${address.host} -p ${address.port}   # is it up?`];
}

function missingPrivilege(
  message: string,
  address: PostgresAddress,
  intent: 'read' | 'write',
): SpillwayError {
  const match = /permission denied for (table|view|relation|schema|function|sequence|database) (\S+)/.exec(
    message,
  );
  const [kind, name] = [match?.[1] ?? 'table', match?.[2] ?? '<name>'];
  const privilege =
    kind === 'schema'
      ? 'usage on schema'
      : kind === 'database'
        ? 'create on database'
        : kind === 'function'
          ? 'execute on function'
          : intent === 'read'
            ? 'select on'
            : 'select, insert, update on';
  const qualified =
    kind === 'schema' || kind === 'database' || name.includes('.') ? name : `<schema>.${name}`;
  return new SpillwayError('failed', `PostgreSQL user ${address.user} lacks a privilege: ${message}.`, {
    suggestions:
      match === null
        ? [`grant pg_monitor to ${address.user};`]
        : [`grant ${privilege} ${qualified} to ${address.user};`],
    details: { sqlState: '42501' },
  });
}
