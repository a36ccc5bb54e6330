import type { AdapterContext } from '@finaz-telephony/core';
import { expect, it, onTestFinished, vi } from 'vitest';
import { contactClear } from '../src/features/contact-clear.ts';
import { contactLoad } from '../src/features/contact-load.ts';
import { entryOf, fakeAsterisk, refusal, settings, valueOf } from './fake-asterisk.ts';

const mailing = { mailingId: 'm', queue: '7', parameters: {}, captures: {} };
const load = contactLoad(settings);
const start = 'POST /channels';
const stop = 'DELETE /channels/discador-7';

interface Server {
  /** Status of the answer to a request that starts the dialer, or looks for it. */
  readonly status?: number;
  /** AstDB, by family and key. */
  readonly entries?: Readonly<Record<string, string>>;
  /** The answer to a clear of a family that is not empty. */
  readonly clears?: string;
  /** The key of an entry that Asterisk cannot write. */
  readonly refuses?: string;
  /** The key of an entry that Asterisk says it has written, and does not keep. */
  readonly takesBack?: string;
  /** Asterisk is restarted after the first write, and has lost what was not on the disk. */
  readonly restarts?: boolean;
  /** The name of the queue as queues.conf writes it. */
  readonly queueName?: string;
}

function serverWith({
  status = 200,
  entries = {},
  clears,
  refuses,
  takesBack,
  restarts = false,
  queueName = '7',
}: Server = {}) {
  const there = new Map(Object.entries(entries));
  let mayRestart = restarts;
  // AstDB compares families with LIKE, which ignores case.
  const inFamily = (family: string) =>
    [...there].filter(([entry]) => entry.toLowerCase().startsWith(`${family.toLowerCase()}/`));
  return fakeAsterisk({
    ari: (method) => (method === 'DELETE' ? undefined : Response.json({}, { status })),
    ami(action) {
      const family = action.get('Family') ?? '';
      const key = action.get('Key') ?? '';
      switch (action.get('Action')) {
        case 'Getvar':
          return valueOf('1');
        case 'QueueSummary':
          return `Response: Success\r\n\r\nQueue: ${queueName}\r\n\r\n`;
        case 'DBGetTree':
          return `Response: Success\r\n\r\n${inFamily(family)
            .map(([entry, value]) => `Key: /${entry}\r\nVal: ${value}\r\n\r\n`)
            .join('')}`;
        case 'DBPut':
          if (key === refuses) return refusal('Failed to update entry');
          if (key !== takesBack) there.set(`${family}/${key}`, action.get('Val') ?? '');
          return undefined;
        case 'DBGet': {
          if (key === 'x' && mayRestart) {
            mayRestart = false;
            there.clear();
            return refusal('Permission denied');
          }
          const value = there.get(`${family}/${key}`);
          return value === undefined ? refusal('Database entry not found') : entryOf(value);
        }
        case 'DBDelTree': {
          const found = inFamily(family);
          if (found.length === 0) return refusal('Database entry not found');
          if (clears !== undefined) return clears;
          for (const [entry] of found) there.delete(entry);
          return undefined;
        }
        default:
          return undefined;
      }
    },
  });
}

type Work = (context: AdapterContext) => Promise<unknown> | undefined;
it.each<[string, Work, Server, unknown, readonly string[]]>([
  ['is prepared', (to) => load.prepare?.(mailing, to), {}, {}, [stop]],
  ['is activated', (to) => load.activate?.(mailing, to), {}, {}, [start]],
  ['is activated again', (to) => load.activate?.(mailing, to), { status: 409 }, {}, [start]],
  ['ends', (to) => load.deactivate?.(mailing, to), {}, undefined, [stop]],
  ['is dialed on', (to) => load.keepDialing?.(mailing, to), {}, { isStartedAgain: false }, []],
])(
  'the dialer of a mailing that %s gets exactly the start or stop it needs',
  async (_name, work, server, told, asked) => {
    const { context, done } = serverWith(server);
    expect(await work(context)).toEqual(told);
    expect(done).toEqual(asked);
  },
);

it('a dialer that is gone is started again, and a start that Asterisk refuses is reported', async () => {
  const { context, done } = serverWith({ status: 404 });
  await expect(load.keepDialing?.(mailing, context)).rejects.toMatchObject({
    code: 'invalid_config',
    vendor: { status: 404 },
  });
  expect(done).toEqual([start]);
});

const contact = (contactId: string, number = '987654321') => ({
  contactId,
  name: 'Maria da Silva',
  cpf: '52998224725',
  phones: [{ kind: 'mobile' as const, e164: `+5541${number}`, areaCode: '41', number }],
  parameters: {},
});

it('contacts are found waiting, with a next try or under way, and not in a queue whose name differs in letter case', async () => {
  const { context } = serverWith({
    entries: {
      'finaz/fila/sala/c-1': '',
      'finaz/fila/sala/~1795521600.c-2': '',
      'finaz/curso/sala/c-3': '',
      'finaz/fila/Sala/c-4': '',
    },
  });
  const contacts = ['c-1', 'c-2', 'c-3', 'c-4'].map((id) => contact(id));
  expect(await load.find?.({ ...mailing, queue: 'sala' }, contacts, context)).toEqual(
    new Set(['c-1', 'c-2', 'c-3']),
  );
});

async function send(server: Server, ...contacts: readonly ReturnType<typeof contact>[]) {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const { context, done } = serverWith(server);
  async function* all() {
    yield* contacts;
  }
  const sent = load.send({ mailing, contacts: all() }, context);
  const [told] = await Promise.all([sent, vi.advanceTimersByTimeAsync(4000)]);
  return { told, put: done.filter((line) => line.startsWith('DBPut')) };
}

it('only contacts that Asterisk refuses or could not dial are rejected, and the others are taken', async () => {
  const { told, put } = await send(
    { refuses: 'c-2' },
    contact('c-1'),
    contact('c-2'),
    contact('c-3', '987654321&2001'),
    contact('c|4'),
    contact('c-5'),
  );
  expect(told).toMatchObject({
    taken: 2,
    rejected: [{ contactId: 'c-2' }, { contactId: 'c-3' }, { contactId: 'c|4' }],
  });
  expect(put).toHaveLength(3);
});

it('contacts that Asterisk loses because it is restarted during the load are sent again', async () => {
  const { told, put } = await send({ restarts: true }, contact('c-1'));
  expect(told).toMatchObject({ taken: 1 });
  expect(put).toHaveLength(2);
});

it('a load ends in doubt if the list still holds a contact as an earlier load wrote it', async () => {
  const entries = { 'finaz/fila/7/c-1': 'c-1|4133334444|amd|0|0' };
  const sent = send({ entries, takesBack: 'c-1' }, contact('c-1'));
  await expect(sent).rejects.toMatchObject({ code: 'unavailable', delivery: 'unknown' });
});

const waiting = { 'finaz/fila/7/c-1': 'c-1|41987654321||0|0', 'finaz/curso/7/c-2': '' };

it('a clear removes the waiting contacts, those under way, and then what went back into the list meanwhile', async () => {
  const { context, done } = serverWith({ entries: waiting });
  const clear = contactClear(settings);
  expect(await clear({ queue: '7', parameters: {} }, context)).toEqual({ cleared: 1 });
  expect(done).toEqual([
    'DBDelTree finaz/fila/7',
    'DBDelTree finaz/curso/7',
    'DBDelTree finaz/fila/7',
  ]);
});

it.each([
  ['is refused', { clears: refusal('Database unavailable') }, 'refused'],
  ['is taken back', { clears: 'Response: Success\r\nMessage: ok\r\n\r\n' }, 'unavailable'],
  [
    'would take the list of a queue that is written in other letters',
    { queueName: 'SETE' },
    'not_found',
  ],
] as const)('a clear that %s fails', async (_name, server, code) => {
  const { context } = serverWith({ entries: waiting, ...server });
  const clear = contactClear(settings);
  await expect(clear({ queue: '7', parameters: {} }, context)).rejects.toMatchObject({ code });
});
