import { once } from 'node:events';
import { createConnection, createServer, type Socket } from 'node:net';

/** What becomes of the bytes: passed on; the server's answers thrown away; the server's answers thrown away and the client's connection reset. */
export type Fault = 'none' | 'drop-replies' | 'reset-instead-of-reply';

/** A TCP proxy on loopback in front of a server, for what networks do. */
export interface TcpProxy {
  readonly host: string;
  readonly port: number;
  /** From the next request whose bytes match (at once without a pattern), the fault is in force for that connection. New connections are sound. */
  failNext(fault: Fault, request?: RegExp): void;
  stop(): Promise<void>;
}

/** Starts a proxy to `target`; without one nothing ever answers: the connection is taken and that is all. */
export async function startProxy(
  target: { readonly host: string; readonly port: number } | null,
): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let armed: { readonly fault: Fault; readonly request: RegExp } | null = null;
  const keep = (socket: Socket) => {
    sockets.add(socket);
    // the other side may be gone: that is what this is for
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
  };
  const server = createServer((client) => {
    keep(client);
    if (target === null) return;
    const upstream = createConnection(target);
    keep(upstream);
    let fault: Fault = 'none';
    client.on('data', (bytes) => {
      if (armed?.request.test(bytes.toString('latin1'))) {
        fault = armed.fault;
        armed = null;
      }
      upstream.write(bytes);
    });
    upstream.on('data', (bytes) => {
      if (fault === 'none') client.write(bytes);
      // the answer proves that the request was carried out
      if (fault === 'reset-instead-of-reply') client.resetAndDestroy();
    });
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The proxy has no port.');
  return {
    host: '127.0.0.1',
    port: address.port,
    failNext(fault, request = /[\s\S]/) {
      armed = { fault, request };
    },
    async stop() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}
