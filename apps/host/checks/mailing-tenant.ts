import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { ShownMailingSchema, type ShownMailing } from '../src/mailings/show-mailing.ts';
import { adminKey } from './tenant.ts';

/** Kind of the check's telephone system: `keyed` keeps one entry per contact, `plain` one per request, `file` takes all contacts as one file. */
export type VendorKind = 'keyed' | 'plain' | 'file';

export interface VendorProcess {
  readonly url: string;
  readonly child: ChildProcess;
  /** How often the vendor holds each contact, how many were sent again under a key that it already has, and its log of clears and files. */
  readonly read: (
    queue: string,
  ) => Promise<{ counts: Map<string, number>; repeats: number; log: string[] }>;
  /** How many contacts each queue holds. */
  readonly totals: () => Promise<Map<string, number>>;
}

const QueueSchema = v.object({
  counts: v.array(v.tuple([v.string(), v.number()])),
  repeats: v.number(),
  log: v.array(v.string()),
});

export async function startVendor(latencyMs = 0): Promise<VendorProcess> {
  const program = fileURLToPath(new URL('./mailing-vendor.ts', import.meta.url));
  const child = spawn(process.execPath, [program, String(latencyMs)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [port]: unknown[] = await once(child.stdout, 'data');
  const url = `http://127.0.0.1:${String(port).trim()}`;
  return {
    url,
    child,
    async read(queue) {
      const answer = await fetch(`${url}/queues/${queue}`);
      const { counts, repeats, log } = v.parse(QueueSchema, await answer.json());
      return { counts: new Map(counts), repeats, log };
    },
    async totals() {
      const answer = await fetch(`${url}/totals`);
      return new Map(v.parse(v.array(v.tuple([v.string(), v.number()])), await answer.json()));
    },
  };
}

const headers = { Authorization: `Bearer ${adminKey}`, 'Content-Type': 'application/json' };

export async function saveMailingTenant(
  hostUrl: string,
  vendorUrl: string,
  kind: VendorKind,
  concurrency: number,
  id = '1042',
): Promise<void> {
  const contactLoad =
    kind === 'file'
      ? {
          unit: 'file',
          repeatable: true,
          request: { method: 'POST', url: '/queues/{{ queue }}/file', timeout: 120 },
          file: { line: 'ID;CPF;DDD1Telefone1' },
        }
      : {
          repeatable: kind === 'keyed',
          request: {
            ...(kind === 'keyed'
              ? { method: 'PUT', url: '/queues/{{ queue }}/contacts/{{ contactId }}' }
              : { method: 'POST', url: '/queues/{{ queue }}/contacts' }),
            body: {
              json: { contactId: '{{ contactId }}', phone: '{{ areaCode1 }}{{ number1 }}' },
            },
          },
        };
  const response = await fetch(`${hostUrl}/v1/tenants/${id}?check=skip`, {
    method: 'PUT',
    headers,
    body: JSON.stringify({
      id,
      name: 'Check',
      inbound: { allowFrom: ['127.0.0.1'] },
      connections: {
        dialer: {
          adapter: 'generic-http',
          settings: {
            baseUrl: vendorUrl,
            answeredCall: {},
            contactClear: { request: { method: 'DELETE', url: '/queues/{{ queue }}/contacts' } },
            contactLoad,
          },
          limits: {
            requestsPerSecond: 10_000,
            concurrency,
            // How long the host waits before it sends a file again.
            ...(kind === 'file' && { timeout: 5 }),
          },
        },
      },
      features: { contactLoad: 'dialer', contactClear: 'dialer', answeredCall: 'dialer' },
    }),
  });
  if (!response.ok) throw new Error(`the tenant was not saved: ${await response.text()}`);
}

/** Contacts as NDJSON, made while they are sent. */
function contactLines(count: number): ReadableStream<Uint8Array> {
  let next = 1;
  return new ReadableStream({
    pull(controller) {
      let text = '';
      const end = Math.min(next + 2000, count + 1);
      for (; next < end; next += 1) {
        text += `{"contactId":"c-${next}","name":"Maria da Silva","cpf":"52998224725","phones":[{"areaCode":"41","number":"9${80_000_000 + next}"}]}\n`;
      }
      if (text !== '') controller.enqueue(Buffer.from(text));
      if (next > count) controller.close();
    },
  });
}

export async function sendMailing(
  hostUrl: string,
  queue: string,
  count: number,
  id = '1042',
): Promise<string> {
  const response = await fetch(`${hostUrl}/v1/tenants/${id}/mailings?queue=${queue}`, {
    method: 'POST',
    headers: { ...headers, 'Content-Type': 'application/x-ndjson' },
    body: contactLines(count),
    duplex: 'half',
  });
  if (response.status !== 202) throw new Error(await response.text());
  return v.parse(v.object({ mailingId: v.string() }), await response.json()).mailingId;
}

/** `undefined` while no host answers. */
export async function readMailing(
  hostUrl: string,
  mailingId: string,
  id = '1042',
): Promise<ShownMailing | undefined> {
  try {
    const response = await fetch(`${hostUrl}/v1/tenants/${id}/mailings/${mailingId}`, { headers });
    return response.ok ? v.parse(ShownMailingSchema, await response.json()) : undefined;
  } catch {
    return undefined;
  }
}

/** Ids of the mailings of a queue. */
export async function mailingsOf(hostUrl: string, queue: string): Promise<Set<string>> {
  const response = await fetch(`${hostUrl}/v1/tenants/1042/mailings?queue=${queue}&limit=1000`, {
    headers,
  });
  const { mailings } = v.parse(
    v.object({ mailings: v.array(v.object({ mailingId: v.string() })) }),
    await response.json(),
  );
  return new Set(mailings.map(({ mailingId }) => mailingId));
}

const ContactsSchema = v.object({
  contacts: v.array(v.object({ contactId: v.string(), state: v.string() })),
  next: v.nullable(v.string()),
});

/** The ids of a mailing's contacts in one state. */
export async function contactsIn(
  hostUrl: string,
  mailingId: string,
  state: string,
): Promise<Set<string>> {
  const ids = new Set<string>();
  for (let after = '0'; ;) {
    const response = await fetch(
      `${hostUrl}/v1/tenants/1042/mailings/${mailingId}/contacts?state=${state}&limit=1000&after=${after}`,
      { headers },
    );
    const page = v.parse(ContactsSchema, await response.json());
    for (const { contactId } of page.contacts) ids.add(contactId);
    if (page.next === null) return ids;
    after = page.next;
  }
}
