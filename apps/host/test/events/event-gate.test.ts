import { Hono } from 'hono';
import { Counter, Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { createEventGate } from '../../src/events/event-gate.ts';
import { createManualEventRoutes } from '../../src/events/manual-event-routes.ts';
import { errorResponse } from '../../src/http/error-response.ts';
import type { HostEnv } from '../../src/http/host-env.ts';
import { silentLogger } from '../../src/logger.ts';
import type { Tenant } from '../../src/tenants/tenant.ts';

const refuse = (): never => {
  throw new Error('nothing is to be stored');
};

/** A company in memory that accepts events from one address alone. */
const there: Tenant = {
  id: 'there',
  name: 'Cobranca Sul',
  version: 1,
  timeZone: 'America/Sao_Paulo',
  inbound: { allows: (address) => address === '203.0.113.9', repeatWindowMs: 1000 },
  connections: new Map(),
  unusable: new Set(),
  bindings: { answeredCall: 'dialer' },
  rules: {},
  resultsEveryMs: undefined,
  cipher: { seal: refuse, open: refuse, hash: refuse, sealShort: refuse, openShort: refuse },
};

/** A gate at which time stands still. */
function openGate() {
  const state = { address: '198.51.100.7' };
  const log = {
    append: async () => ({ eventId: 'e-1', repeated: false }),
    appendAll: refuse,
    findByCall: async () => [],
  };
  const gate = createEventGate({
    log,
    directory: {
      peek: (id) => (id === there.id ? there : undefined),
      get: async (id) => (id === there.id ? there : undefined),
    },
    clientAddress: () => state.address,
    logger: silentLogger,
    monotonic: () => 0,
    received: new Counter({
      name: 'received',
      help: 'Events',
      labelNames: ['tenant', 'source', 'outcome'],
      registers: [new Registry()],
    }),
  });
  const app = new Hono<HostEnv>();
  app.onError((error) => errorResponse(error, 'r-1'));
  app.use(gate.countRefusals);
  app.route('/', createManualEventRoutes(gate, log, silentLogger));
  return {
    state,
    show: async (company: string) =>
      (await app.request(`/telephony-proxy/atendimentoreceptivo/e-1?empresaId=${company}&cid=c-1`))
        .status,
    tell: async (company: string, query = 'pid=1&num=4133334444&cid=c-1&ramal=1001') => {
      const path = `/telephony-proxy/atendimentodiscador?${query}&empresaId=${company}`;
      return (await app.request(path)).status;
    },
  };
}

type Gate = ReturnType<typeof openGate>;

/** The statuses that a stranger gets who reports events of one company again and again, after what was done `before`. */
async function heardOf(
  company: string,
  query: string | undefined,
  before: (gate: Gate) => unknown,
) {
  const gate = openGate();
  await before(gate);
  const heard: number[] = [];
  for (let count = 0; count < 300; count += 1) heard.push(await gate.tell(company, query));
  return heard;
}

it.each<[string, (gate: Gate) => unknown, string | undefined]>([
  ['no other request', () => undefined, undefined],
  ['no other request, with unusable parameters', () => undefined, 'pid=1'],
  [
    'requests for a thousand unknown companies',
    async ({ tell }) => {
      for (let id = 0; id < 1050; id += 1) await tell(`no-${id}`);
    },
    undefined,
  ],
  [
    'requests for a thousand unknown companies, with unusable parameters',
    async ({ tell }) => {
      for (let id = 0; id < 1050; id += 1) await tell(`no-${id}`);
    },
    'pid=1',
  ],
])(
  'the limit of refused events does not show a stranger which companies exist, after %s',
  async (_, before, query) => {
    const heard = await heardOf('there', query, before);
    expect(heard).toEqual(await heardOf('nobody', query, before));
    expect(heard.at(-1)).toBe(429);
    expect(new Set(heard).size).toBe(2);
  },
);

it('the limit of refused call pages does not show a stranger which companies exist', async () => {
  const shown = async (company: string) => {
    const { show } = openGate();
    const heard: number[] = [];
    for (let count = 0; count < 300; count += 1) heard.push(await show(company));
    return heard;
  };
  const heard = await shown('there');
  expect(heard).toEqual(await shown('nobody'));
  expect([heard[0], heard.at(-1)]).toEqual([403, 429]);
});

it('old windows that ask for expired calls again and again do not block the events of their company', async () => {
  const { state, show, tell } = openGate();
  state.address = '203.0.113.9';
  const shown = await Promise.all(Array.from({ length: 300 }, () => show('there')));
  expect([shown[0], await tell('there')]).toEqual([403, 200]);
});

it('refused events of unknown companies do not block the events of a company at the same address', async () => {
  const { state, tell } = openGate();
  state.address = '203.0.113.9';
  for (let id = 0; id < 1500; id += 1) await tell(`no-${id}`);
  expect([await tell('no-1501'), await tell('there')]).toEqual([429, 200]);
});
