// A telephone system for checks of mailings, in its own process, so that it survives whatever happens to hosts. Counts how often it gets each contact.
//   node checks/mailing-vendor.ts [MILLISECONDS that an answer takes]     prints its port
//   POST /queues/Q/contacts {"contactId"}   PUT /queues/Q/contacts/ID (held once, however often it is sent)   POST /queues/Q/file (CSV)   DELETE /queues/Q/contacts   GET /queues/Q   GET /totals
import { createServer } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { wholeBody } from '../test/support/whole-body.ts';

const latencyMs = Number(process.argv[2] ?? 0);

interface Queue {
  /** How often each contact was sent, since the last clear. */
  counts: Map<string, number>;
  /** How many contacts were sent again under a key that the queue already holds. */
  repeats: number;
  /** Clears and whole files, in order. */
  log: string[];
}
const queues = new Map<string, Queue>();
const queueOf = (name: string): Queue => {
  const known = queues.get(name) ?? { counts: new Map<string, number>(), repeats: 0, log: [] };
  queues.set(name, known);
  return known;
};

const server = createServer(async (request, response) => {
  if (request.url === '/totals') {
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify([...queues].map(([name, { counts }]) => [name, counts.size])));
    return;
  }
  const [, , name = '', what = '', key = ''] = (request.url ?? '').split('/');
  const queue = queueOf(name);
  const body = (await wholeBody(request))?.toString();
  // A request that broke off does not count.
  if (body === undefined) return;
  if (latencyMs > 0) await pause(latencyMs * (0.5 + Math.random()));
  let answer: unknown = { ok: true };
  if (request.method === 'DELETE') {
    answer = { cleared: queue.counts.size };
    queue.counts = new Map();
    queue.log.push('clear');
  } else if (request.method === 'POST' && what === 'contacts') {
    const { contactId }: { contactId: string } = JSON.parse(body);
    queue.counts.set(contactId, (queue.counts.get(contactId) ?? 0) + 1);
  } else if (request.method === 'PUT') {
    if (queue.counts.has(key)) queue.repeats += 1;
    queue.counts.set(key, 1);
  } else if (request.method === 'POST' && what === 'file') {
    const ids = body
      .split('\r\n')
      .filter((line) => line !== '')
      .map((line) => line.split(';')[0] ?? '');
    for (const id of ids) queue.counts.set(id, (queue.counts.get(id) ?? 0) + 1);
    queue.log.push(`file ${ids.length}`);
  } else answer = { log: queue.log, repeats: queue.repeats, counts: [...queue.counts] };
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify(answer));
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object' && address !== null) process.stdout.write(`${address.port}\n`);
});
