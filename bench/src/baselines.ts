// The bare servers that the host is compared with, and the vendor that both call: each in a process of its own.
//   node baselines.ts event | call | vendor | audio   prints its port
import { createServer } from 'node:http';
import { Readable } from 'node:stream';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { Pool } from 'undici';

const told = (port: number) => process.stdout.write(`${port}\n`);
const onPort = (app: Hono) =>
  serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => told(port));

const servers: Readonly<Record<string, () => unknown>> = {
  event() {
    const app = new Hono();
    app.get('/telephony-proxy/atendimentodiscador', (context) =>
      context.json({ status: 'ok', eventId: context.req.query('cid') }),
    );
    return onPort(app);
  },

  call() {
    const pool = new Pool(process.env['VENDOR_URL'] ?? '', { connections: 64, pipelining: 1 });
    const app = new Hono();
    app.post('/calls', async (context) => {
      const { queue, extension, areaCode, number } =
        await context.req.json<Record<string, string>>();
      const answer = await pool.request({
        path: '/calls',
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: 'Bearer vendor-token' },
        body: JSON.stringify({ extension, number: `${areaCode}${number}`, queue }),
      });
      const body: unknown = await answer.body.json();
      const callId = typeof body === 'object' && body !== null && 'id' in body ? body.id : null;
      return context.json({ callId }, 201);
    });
    return onPort(app);
  },

  vendor() {
    let calls = 0;
    const server = createServer((request, response) => {
      request.resume();
      const { pathname, searchParams } = new URL(request.url ?? '', 'http://vendor');
      if (pathname === '/results') {
        response.writeHead(200, { 'Content-Type': 'text/csv' });
        Readable.from(resultRows(Number(searchParams.get('rows')))).pipe(response);
        return;
      }
      request.on('end', () => {
        calls += 1;
        const body = `{"ok":true,"id":"c-${calls}"}`;
        response.writeHead(201, {
          'Content-Type': 'application/json',
          'Content-Length': body.length,
        });
        response.end(body);
      });
    });
    return server.listen(0, '127.0.0.1', () => toldAddress(server));
  },

  audio() {
    const size = 100 * 1024 * 1024;
    const header = Buffer.from(`RIFF${'\0'.repeat(40)}`, 'latin1');
    const chunk = Buffer.alloc(256 * 1024, 1);
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'Content-Type': 'audio/wav', 'Content-Length': size });
      let left = size;
      const write = () => {
        while (left > 0) {
          const next = left === size ? header : chunk.subarray(0, Math.min(chunk.length, left));
          left -= next.length;
          if (!response.write(next)) return;
        }
        response.end();
      };
      response.on('drain', write);
      write();
    });
    return server.listen(0, '127.0.0.1', () => toldAddress(server));
  },
};

/** A CSV report with one attempt for each of this many contacts, dialed at this moment. */
function* resultRows(count: number): Generator<string> {
  const statuses = ['ANSWERED', 'BUSY', 'NO_ANSWER', 'INVALID'];
  const at = new Date().toISOString();
  yield 'contactId;number;at;status;callId;extension;duration\r\n';
  for (let first = 1; first <= count; first += 1000) {
    let text = '';
    for (let index = first; index < first + 1000 && index <= count; index += 1) {
      text += `c-${index};419${80_000_000 + index};${at};${statuses[index % 4]};call-${index};1001;${index % 90}\r\n`;
    }
    yield text;
  }
}

function toldAddress(server: ReturnType<typeof createServer>): void {
  const address = server.address();
  if (typeof address === 'object' && address !== null) told(address.port);
}

servers[process.argv[2] ?? '']?.();
