// The measured limits and traps of a real Asterisk, each with the guard of the adapter in front of it.
import { DatabaseSync } from 'node:sqlite';
import { createTestContext } from '@finaz-telephony/testing';
import type { AdapterContext, Contact } from '@finaz-telephony/core';
import { afterEach, describe, expect, it } from 'vitest';
import { inAmiSession, readTree } from '../../src/ami.ts';
import { resultsOf, underWay, waiting } from '../../src/families.ts';
import asterisk from '../../src/index.ts';
import {
  ari,
  carrierConsole,
  connect,
  databaseFile,
  hangUp,
  pbxConsole,
  settings,
  withQueue,
} from './real-asterisk.ts';

const { features } = asterisk.create(settings);
const { contactLoad, contactClear, dialerResults, click2call, transfer, recording } = features;
const mailing = { mailingId: 'm', queue: '7', parameters: {}, captures: {} };
const context = createTestContext();
const clear = (queue: string) => contactClear?.({ queue, parameters: {} }, context);

const contact = (contactId: string, ...numbers: string[]): Contact => ({
  contactId,
  name: 'Maria da Silva',
  cpf: '52998224725',
  phones: (numbers.length > 0 ? numbers : ['999990010']).map((number) => ({
    kind: 'mobile',
    e164: `+5511${number}`,
    areaCode: '11',
    number,
  })),
  parameters: {},
});

async function* each<Item>(items: readonly Item[]): AsyncGenerator<Item> {
  yield* items;
}
const load = (contacts: readonly Contact[], queue = '7', given: AdapterContext = context) =>
  contactLoad?.send({ mailing: { ...mailing, queue }, contacts: each(contacts) }, given);

/** Records the requests to Asterisk. */
function counting(): { readonly context: AdapterContext; readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    context: {
      ...context,
      fetch(url, init) {
        const { body } = init ?? {};
        const text = typeof body === 'string' ? body : '';
        asked.push(/^Action=(\w+)/.exec(text)?.[1] ?? String(url));
        return context.fetch(url, init);
      },
    },
  };
}

const onServer = (family: string) => pbxConsole(`database show ${family}`);
const put = (family: string, key: string, value: string) =>
  pbxConsole(`database put ${family} ${key} "${value}"`);

afterEach(async () => {
  pbxConsole('database deltree finaz');
  await hangUp('1001');
});

describe('the manager interface', () => {
  it('takes 500 contacts in one session that ends with a logoff: an open session would keep every event in memory', async () => {
    const { context: counted, asked } = counting();
    const contacts = Array.from({ length: 500 }, (_, index) => contact(`b-${index}`));
    expect(await load(contacts, '7', counted)).toEqual({ rejected: [], taken: 500 });
    const times = (action: string) => asked.filter((one) => one === action).length;
    expect([times('Login'), times('DBPut'), times('Logoff')]).toEqual([1, 500, 1]);
    expect(onServer('finaz/fila/7')).toContain('500 results found');
    expect(pbxConsole('manager show connected')).toContain('0 users connected');
  });

  it('is logged off even if the work in the session fails', async () => {
    const work = { settings, context, feature: undefined };
    await expect(
      inAmiSession(work, () => Promise.reject(new Error('in the middle'))),
    ).rejects.toThrow('in the middle');
    expect(pbxConsole('manager show connected')).toContain('0 users connected');
  });

  it('is logged in to again when its session has lapsed, and the action then succeeds', async () => {
    const work = { settings, context, feature: undefined };
    const told = await inAmiSession(work, async (act) => {
      await act({ Action: 'Logoff' });
      return act({ Action: 'DBPut', Family: 'finaz/fila/7', Key: 'a', Val: 'b' });
    });
    expect(told.isSuccess).toBe(true);
    expect(onServer('finaz/fila/7')).toContain('1 results found');
  });

  it('lets no line break in a value forge an entry, and no contact id contain one', async () => {
    const forged = 'x\r\nResponse: Success\r\nKey: /finaz/res/7/forged\r\nVal: y';
    const work = { settings, context, feature: undefined };
    await inAmiSession(work, async (act) => {
      await act({ Action: 'DBPut', Family: 'finaz/res/7', Key: 'a', Val: forged });
      expect([...(await readTree(act, resultsOf('7'))).keys()]).toEqual(['a']);
    });
    const result = await load([contact('7001\r\nVal: x'), contact('7002')]);
    expect(result?.rejected.map(({ contactId }) => contactId)).toEqual(['7001\r\nVal: x']);
    expect(onServer('finaz/fila/7')).toContain('1 results found');
  });
});

describe('AstDB while it cannot be written to the disk', () => {
  const notKept = { code: 'unavailable', message: expect.stringContaining('has undone') };

  /** While something reads the file of AstDB, as a backup does, Asterisk can write nothing of it to the disk. */
  async function whileItIsRead(run: () => Promise<void>): Promise<void> {
    const file = new DatabaseSync(databaseFile, { readOnly: true });
    try {
      file.exec('BEGIN');
      file.prepare('SELECT count(*) FROM astdb').get();
      await run();
    } finally {
      file.close();
    }
  }

  it('makes a load fail, although Asterisk reports success for contacts that it then forgets', async () => {
    await whileItIsRead(() => expect(load([contact('7001')])).rejects.toMatchObject(notKept));
    // The number of entries says nothing: the removal of what the previous test has left may be undone, too.
    expect(onServer('finaz/fila/7')).not.toContain('/7001 ');
  });

  it('makes a load fail that changes a contact in the list: its old numbers would be dialed', async () => {
    await load([contact('7001', '999990010')]);
    await whileItIsRead(() =>
      expect(load([contact('7001', '999990020')])).rejects.toMatchObject(notKept),
    );
    expect(onServer('finaz/fila/7')).toContain('7001|11999990010|');
  });

  it('makes a clear fail, and a later one succeed: cleared contacts would be called otherwise', async () => {
    await load([contact('7001')]);
    await whileItIsRead(() => expect(clear('7')).rejects.toMatchObject(notKept));
    expect(onServer('finaz/fila/7')).toContain('1 results found');
    expect(await clear('7')).toEqual({ cleared: 1 });
  });
});

describe('families of AstDB, which Asterisk matches with LIKE', () => {
  it('are cleared for exactly the queue that is named: wildcards are refused, and "7" does not match "70"', async () => {
    put(waiting('zA1'), 'a', 'a|1199||0|0');
    put(waiting('70'), 'a', 'a|1199||0|0');
    for (const queue of ['z_1', 'z%', '%', '7/../70'])
      await expect(clear(queue)).rejects.toMatchObject({ code: 'invalid_input' });
    await load([contact('7001')]);
    expect(await clear('7')).toEqual({ cleared: 1 });
    expect(onServer('finaz/fila')).toContain('2 results found');
  });

  it('are not touched under a queue name in other letter case: a clear of "sala" would empty the list of "Sala"', async () => {
    await withQueue('[Sala]\nstrategy = rrmemory', async () => {
      await load([contact('7001')], 'Sala');
      const told = { code: 'not_found', hint: expect.stringContaining('"Sala"') };
      await expect(clear('sala')).rejects.toMatchObject(told);
      await expect(
        contactLoad?.prepare?.({ ...mailing, queue: 'sala' }, context),
      ).rejects.toMatchObject(told);
      expect(onServer(waiting('Sala'))).toContain('1 results found');
      expect(await clear('Sala')).toEqual({ cleared: 1 });
    });
  });

  it('are cleared of a contact that the dialer gives back during the clear', async () => {
    await load([contact('7001')]);
    put(underWay('7'), '7002', '7002|11999990010|||1|run');
    let isGivenBack = false;
    const meanwhile: AdapterContext = {
      ...context,
      fetch(url, init) {
        const { body } = init ?? {};
        if (typeof body === 'string' && body.includes('finaz%2Fcurso') && !isGivenBack) {
          // As the dialer gives a contact back: first into the list, then out of those under way.
          isGivenBack = true;
          put(waiting('7'), '7002', '7002|11999990010|||0');
          pbxConsole(`database del ${underWay('7')} 7002`);
        }
        return context.fetch(url, init);
      },
    };
    await contactClear?.({ queue: '7', parameters: {} }, meanwhile);
    expect(isGivenBack).toBe(true);
    expect(onServer('finaz')).toContain('0 results found');
  });

  it('lose the pending next try of a contact that is loaded again, and no other', async () => {
    for (const key of ['7001', '7002', '.407001'])
      put(waiting('7'), `~1796088088.${key}`, `${key}|11999990020||1|1796088088`);
    put(waiting('70'), '~1796088088.7001', '7001|11999990020||1|1796088088');
    await load([contact('7001')]);
    expect(onServer('finaz/fila')).toContain('4 results found');
    expect(onServer('finaz/fila/7')).not.toContain('~1796088088.7001 ');
  });

  it('tell contacts apart whose ids LIKE would treat as equal', async () => {
    await load([contact('a_b'), contact('A.B'), contact('a@b')]);
    expect(onServer('finaz/fila/7')).toContain('3 results found');
    const asked = ['a_b', 'aXb', 'a@b', 'A.B', 'a.b'].map((id) => contact(id));
    expect(await contactLoad?.find?.(mailing, asked, context)).toEqual(
      new Set(['a_b', 'a@b', 'A.B']),
    );
  });

  it('take all contacts of a load except one whose key would be too long', async () => {
    const long = contact(':'.repeat(100));
    const result = await load([long, contact('7002')]);
    expect(result?.taken).toBe(1);
    expect(result?.rejected[0]?.vendor.message).toMatch(/too long/);
    expect(onServer('finaz/fila/7')).toContain('1 results found');
  });

  it('give a foreign entry among the results as unreadable, and return the others', async () => {
    put(resultsOf('7'), 'a', 'nothing of ours');
    put(resultsOf('7'), 'b', 'c-1|11999990010|1795336865||1795336865|OCUPADO||17|SIP 486');
    const unreadable: number[] = [];
    const period = { from: new Date(1_795_000_000_000), to: new Date(1_796_000_000_000) };
    const read = dialerResults?.read(
      { mailing, period, onUnreadable: ({ position }) => unreadable.push(position) },
      context,
    );
    const outcomes: string[] = [];
    for await (const { outcome } of read ?? []) outcomes.push(outcome);
    expect([unreadable, outcomes]).toEqual([[1], ['busy']]);
  });
});

describe('requests with ids and numbers', () => {
  const call = { queue: '100', extension: '1001', parameters: {}, attemptId: 'attempt-1' } as const;
  const phone = { kind: 'mobile', e164: '+5511', areaCode: '11', number: '999990010' } as const;

  it('never lead out of the folder of recordings', async () => {
    const { callId } = (await click2call?.(
      { ...call, phone, attemptId: '../../../../tmp/x' },
      context,
    )) ?? { callId: null };
    expect(callId).toBe('c2c-tmpx');
    for (const path of ['../../../etc/passwd', '..%2Fx', 'a/b', '..'])
      await expect(recording?.({ callId: path }, context)).rejects.toMatchObject({
        code: 'invalid_input',
      });
  });

  it('never dial a second destination: the adapter refuses "&", and the dialplan keeps digits alone', async () => {
    for (const number of ['999990070&PJSIP/1002', '999990070&999990010', '9999900,70'])
      await expect(
        click2call?.({ ...call, phone: { ...phone, number } }, context),
      ).rejects.toMatchObject({ code: 'invalid_input' });
    // Without the adapter, the dialplan itself lets nothing but digits pass.
    const asked = { endpoint: 'PJSIP/1001', context: 'finaz-click2call', priority: 1 };
    await ari('POST', '/channels', { ...asked, extension: '11999990070&PJSIP/1002' });
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect(await ari('GET', '/endpoints/PJSIP/1002')).toMatchObject({ channel_ids: [] });
    expect(carrierConsole('database show discadas')).toMatch(/^\/discadas\/119999900701002 /m);
  });

  it('for a transfer are refused, and the customer stays, unless the destination is one extension or one Brazilian number without a service code', async () => {
    await connect('1001', '11999990081', 'limits-1');
    for (const destination of [
      '11988880080&11988880010',
      '11988880080&PJSIP/1002',
      '+1 212 555 1234',
      '#31#11988880010',
      '*7211988880010',
      '100-1',
      'h',
    ])
      await expect(
        transfer?.({ ...call, destination, callId: null }, context),
      ).rejects.toMatchObject({ code: 'invalid_input' });
    // The customer is still there.
    expect(await ari('GET', '/channels/limits-1')).toMatchObject({ state: 'Up' });
  });

  it.each([
    ['+55 (11) 98888-0010', '11988880010'],
    ['0 21 11 98888-0010', '11988880010'],
    ['4004-0010', '40040010'],
  ])(
    'for a transfer dial the destination without country code, carrier code and punctuation: %s',
    async (written, dialed) => {
      await connect('1001', '11999990081', 'limits-2');
      const told = await transfer?.({ ...call, destination: written, callId: null }, context);
      expect(told).toMatchObject({ outcome: 'busy' });
      expect(carrierConsole('database show discadas')).toMatch(
        new RegExp(`^/discadas/${dialed} `, 'm'),
      );
    },
  );

  it('for a transfer that name a call never transfer another call instead', async () => {
    await connect('1001', '11999990081', 'limits-4');
    const asked = { ...call, destination: '1005', isCallNamed: true };
    await expect(transfer?.({ ...asked, callId: 'limits-0' }, context)).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('not in the call'),
    });
    expect(await ari('GET', '/channels/limits-4')).toMatchObject({ state: 'Up' });
    expect(await transfer?.({ ...asked, callId: 'limits-4' }, context)).toMatchObject({
      outcome: 'answered',
    });
    await hangUp('tronco');
  });

  it('for a transfer need the call id when the operator is in two calls', async () => {
    await connect('1001', '11999990081', 'limits-5');
    await connect('1001', '11999990083', 'limits-6');
    const asked = { ...call, destination: '1005' };
    await expect(transfer?.({ ...asked, callId: null }, context)).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('more than one call'),
    });
    expect(await transfer?.({ ...asked, callId: 'limits-5' }, context)).toMatchObject({
      callId: 'limits-5',
      outcome: 'answered',
    });
    expect(await ari('GET', '/channels/limits-6')).toMatchObject({ state: 'Up' });
    await hangUp('tronco');
  });

  it('of two simultaneous clicks lead to one call', async () => {
    const clicked = await Promise.allSettled(
      ['one', 'two'].map(async (attemptId) => click2call?.({ ...call, phone, attemptId }, context)),
    );
    expect(clicked.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(clicked.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'refused', message: expect.stringContaining('in a call already') },
    });
  });

  it('for a transfer reach an extension named with letters and dots', async () => {
    await connect('1001', '11999990081', 'limits-3');
    const told = await transfer?.({ ...call, destination: 'op.7', callId: null }, context);
    expect(told).toMatchObject({ outcome: 'answered' });
    await hangUp('tronco');
  });

  it('stay under the 40,960 bytes that ARI takes, or are refused', async () => {
    const bodies: number[] = [];
    const measured: AdapterContext = {
      ...context,
      fetch(url, init) {
        if (typeof init?.body === 'string') bodies.push(Buffer.byteLength(init.body));
        return context.fetch(url, init);
      },
    };
    const queue = 'q'.repeat(10_000);
    await click2call?.({ ...call, queue, phone, attemptId: 'x'.repeat(100) }, measured);
    expect(Math.max(...bodies)).toBeLessThan(40_960);
    // A request above the limit is refused by Asterisk, and reported with a code of ours.
    await expect(
      click2call?.({ ...call, phone, queue: 'q'.repeat(60_000), attemptId: 'y' }, context),
    ).rejects.toMatchObject({ code: expect.stringMatching(/refused|invalid_input/) });
  });
});
