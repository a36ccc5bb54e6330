import { setTimeout as pause } from 'node:timers/promises';
import { Pool } from 'undici';
import { adminKey, metric, processorSeconds } from './processes.ts';

const headers = { Authorization: `Bearer ${adminKey}` };

/** Settings of a connection that loads contacts with one request each. */
export const loadByRequest = {
  repeatable: true,
  request: {
    method: 'POST',
    url: '/contacts',
    body: { json: { contactId: '{{ contactId }}', phone: '{{ areaCode1 }}{{ number1 }}' } },
  },
};
export const loadByFile = {
  unit: 'file',
  repeatable: true,
  request: { method: 'POST', url: '/file' },
  file: { line: 'ID;CPF;DDD1Telefone1' },
};

/** Contacts as the manual's CSV, made while they are sent. */
function contactRows(count: number): ReadableStream<Uint8Array> {
  let next = 1;
  return new ReadableStream({
    pull(controller) {
      let text = next === 1 ? 'ID;Nome;CPF;DDD1;Telefone1\r\n' : '';
      const end = Math.min(next + 2000, count + 1);
      for (; next < end; next += 1) {
        text += `c-${next};Maria da Silva;529.982.247-25;41;9${80_000_000 + next}\r\n`;
      }
      if (text !== '') controller.enqueue(Buffer.from(text));
      if (next > count) controller.close();
    },
  });
}

/** Sends a mailing; resolves with its id once it is taken in. */
export async function sendMailing(
  hostUrl: string,
  tenant: string,
  queue: string,
  count: number,
): Promise<string> {
  const response = await fetch(`${hostUrl}/v1/tenants/${tenant}/mailings?queue=${queue}`, {
    method: 'POST',
    headers: { ...headers, 'Content-Type': 'text/csv' },
    body: contactRows(count),
    duplex: 'half',
  });
  const answer: unknown = await response.json();
  if (response.status !== 202) throw new Error(JSON.stringify(answer));
  return String(field(answer, 'mailingId'));
}

export async function untilLoaded(hostUrl: string, tenant: string, id: string): Promise<void> {
  for (;;) {
    const answer = await fetch(`${hostUrl}/v1/tenants/${tenant}/mailings/${id}`, { headers });
    const shown: unknown = await answer.json();
    const state = field(shown, 'state');
    if (state === 'active') return;
    if (state === 'stopped') throw new Error(JSON.stringify(shown));
    await pause(50);
  }
}

/** Cancels a mailing, and waits until none of its contacts is being sent any more. */
export async function cancelMailing(hostUrl: string, tenant: string, id: string): Promise<void> {
  const mailing = `${hostUrl}/v1/tenants/${tenant}/mailings/${id}`;
  const cancelled = await fetch(`${mailing}/cancel`, { method: 'POST', headers });
  if (!cancelled.ok) throw new Error(await cancelled.text());
  for (;;) {
    const shown: unknown = await (await fetch(mailing, { headers })).json();
    const counts = field(shown, 'counts') ?? shown;
    if (field(counts, 'sending') === 0) return;
    await pause(100);
  }
}

export interface HostUse {
  /** The host's largest resident memory while it worked, in MB. */
  readonly rss: number;
  /** Processor time of the host for each contact or result, in µs. */
  readonly processor: number;
}

export interface MeasuredLoad extends HostUse {
  readonly id: string;
  readonly takenIn: number;
  readonly loaded: number;
}

/** Watches what the host uses, until `stop` is called with the number of contacts or results that it was used for. */
async function watchUse(
  hostUrl: string,
): Promise<{ readonly stop: (count: number) => Promise<HostUse> }> {
  const before = await processorSeconds(hostUrl);
  let most = 0;
  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      most = Math.max(most, await metric(hostUrl, 'process_resident_memory_bytes'));
      await pause(500);
    }
  })();
  return {
    async stop(count) {
      const used = (await processorSeconds(hostUrl)) - before;
      isOver = true;
      await watching;
      return { rss: most / 1024 / 1024, processor: (used / count) * 1e6 };
    },
  };
}

/** Ends a mailing and waits for its results. Resolves with attempts per second, from the deactivation until all are stored, and with what the host used. */
export async function fetchResults(
  hostUrl: string,
  id: string,
  count: number,
): Promise<HostUse & { readonly perSecond: number }> {
  const use = await watchUse(hostUrl);
  const mailing = `${hostUrl}/v1/tenants/1042/mailings/${id}`;
  const startedAt = performance.now();
  const ended = await fetch(`${mailing}/deactivate`, { method: 'POST', headers });
  if (ended.status !== 202) throw new Error(await ended.text());
  for (;;) {
    const summary: unknown = await (await fetch(`${mailing}/results/summary`, { headers })).json();
    if (field(summary, 'error') !== undefined) throw new Error(JSON.stringify(summary));
    if (field(summary, 'state') === 'complete') {
      if (field(summary, 'attempts') !== count) throw new Error(JSON.stringify(summary));
      break;
    }
    await pause(50);
  }
  const perSecond = count / ((performance.now() - startedAt) / 1000);
  return { perSecond, ...(await use.stop(count)) };
}

/** Sends a mailing and waits until it is loaded. Resolves with contacts per second taken in, and loaded into the telephone system. */
export async function loadMailing(
  hostUrl: string,
  queue: string,
  count: number,
): Promise<MeasuredLoad> {
  const sentAt = performance.now();
  const id = await sendMailing(hostUrl, '1042', queue, count);
  const takenAt = performance.now();
  const use = await watchUse(hostUrl);
  await untilLoaded(hostUrl, '1042', id);
  const loadedAt = performance.now();
  return {
    id,
    takenIn: count / ((takenAt - sentAt) / 1000),
    loaded: count / ((loadedAt - takenAt) / 1000),
    ...(await use.stop(count)),
  };
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;
}

/** Sends the same requests from a bare loop over this many connections. Resolves with contacts per second. */
export async function rawLoop(
  vendorUrl: string,
  count: number,
  connections: number,
): Promise<number> {
  const pool = new Pool(vendorUrl, { connections, pipelining: 1 });
  let next = 1;
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (next <= count) {
        const index = next;
        next += 1;
        const { body } = await pool.request({
          path: '/contacts',
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ contactId: `c-${index}`, phone: `419${80_000_000 + index}` }),
        });
        await body.dump();
      }
    }),
  );
  const perSecond = count / ((performance.now() - startedAt) / 1000);
  await pool.close();
  return perSecond;
}
