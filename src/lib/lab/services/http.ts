import { createServer, type IncomingMessage, type Server } from 'node:http';
import { messageOf } from '../../core/errors.ts';
import { loopback } from '../names.ts';
import { jsonAnswer, type RunningService, type ServiceAnswer, type ServiceContext } from './context.ts';

const mostBodyBytes = 1_000_000;

/**
 * Opens the service's port. A port has one listener, so this also keeps a second process of the same name from starting.
 * `GET /health` answers 200 when the service is healthy, else 503, with the problems by name.
 */
export async function openServicePort(
  context: ServiceContext,
  port: number,
  pid: number,
  service: () => RunningService | undefined,
): Promise<Server> {
  const server = createServer((request, response) => {
    answerRequest(context, pid, service(), request)
      .catch((error: unknown) => {
        context.log(`request failed: ${messageOf(error)}`);
        return jsonAnswer(500, { error: 'internal error' });
      })
      .then(({ status, contentType, body }) => {
        response.writeHead(status, { 'content-type': contentType, connection: 'close' });
        response.end(body);
      })
      .catch((error: unknown) => context.log(`answer failed: ${messageOf(error)}`));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, loopback, resolve);
  });
  return server;
}

async function answerRequest(
  context: ServiceContext,
  pid: number,
  service: RunningService | undefined,
  request: IncomingMessage,
): Promise<ServiceAnswer> {
  const path = request.url ?? '/';
  if (path === '/health') {
    const { problems } = context.health;
    return jsonAnswer(problems.length === 0 ? 200 : 503, {
      service: context.name,
      pid,
      lab: context.record.labId,
      status: problems.length === 0 ? 'healthy' : 'unhealthy',
      problems,
      ...(problems.length === 0 ? {} : { detail: problems.join('; ') }),
    });
  }
  const answer = await service?.answer?.({
    method: request.method ?? 'GET',
    path,
    authorization: request.headers.authorization,
    body: await readBody(request),
  });
  return answer ?? jsonAnswer(404, { error: 'not found' });
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > mostBodyBytes) throw new Error(`the body is larger than ${mostBodyBytes} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}
