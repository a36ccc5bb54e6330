import { once } from 'node:events';
import { createServer, request, type IncomingMessage } from 'node:http';

/** A wire between the host and the telephone system, in which something may happen to a session on its way. */
export interface Wire {
  readonly url: string;
  readonly close: () => void;
}

/**
 * @param url the telephone system
 * @param before is told each request, and may do something there before it is passed on
 */
export async function openWire(
  url: string,
  before: (body: string, cookie: string) => Promise<void>,
): Promise<Wire> {
  const server = createServer((incoming, outgoing) => {
    void (async () => {
      const body = await bodyOf(incoming);
      await before(body.toString(), incoming.headers.cookie ?? '');
      const passed = request(
        new URL(incoming.url ?? '/', url),
        { method: incoming.method ?? 'GET', headers: incoming.headers },
        (answer) => {
          outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(outgoing);
        },
      );
      passed.on('error', () => outgoing.destroy());
      passed.end(body);
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}
