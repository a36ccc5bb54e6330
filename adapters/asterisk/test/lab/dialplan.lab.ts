// What the contexts of server/finaz.conf do by themselves, on a real Asterisk.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createTestContext, startLoopbackServer } from '@finaz-telephony/testing';
import * as v from 'valibot';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { inAmiSession } from '../../src/ami.ts';
import { click2callResults, resultsOf, transfers, underWay, waiting } from '../../src/families.ts';
import asterisk from '../../src/index.ts';
import { queueText } from '../../src/setup/server-files.ts';
import {
  ari,
  callsOf,
  carrierConsole,
  connect,
  hangUp,
  pbxConsole,
  pbxLog,
  settings,
  withQueue,
} from './real-asterisk.ts';

const { features } = asterisk.create({ ...settings, transferSeconds: 4 });
const context = createTestContext();
const inDatabase = (family: string) => pbxConsole(`database show ${family}`);

/** The operator 1001 transfers the customer of the current call. */
const handOver = (destination: string) =>
  features.transfer?.(
    {
      queue: '100',
      extension: '1001',
      destination,
      callId: null,
      parameters: {},
      attemptId: 'handed-over',
    },
    context,
  );

const Channels = v.array(v.object({ id: v.string(), dialplan: v.object({ context: v.string() }) }));
/** The ids of the channels in contexts whose names begin with `begin`. */
const idsIn = async (begin: string) =>
  v
    .parse(Channels, await ari('GET', '/channels'))
    .filter(({ dialplan }) => dialplan.context.startsWith(begin))
    .map(({ id }) => id);

/** Hangs up the customer who was handed over, and not the destination that is being called. */
async function customerHangsUp(): Promise<void> {
  for (const id of await idsIn('finaz-transfere')) await ari('DELETE', `/channels/${id}`);
}

afterEach(async () => {
  await ari('DELETE', '/channels/discador-100');
  for (const phone of ['1001', '1002', '1003', '1005', 'tronco']) await hangUp(phone);
  pbxConsole('database deltree finaz');
});

const start = (queue = '100') =>
  ari('POST', '/channels', {
    endpoint: `Local/${queue}@finaz-discador/n`,
    context: 'finaz-discador',
    extension: 'espera',
    priority: 1,
    channelId: `discador-${queue}`,
  });
const load = (key: string, number: string, queue = '100') =>
  pbxConsole(`database put ${waiting(queue)} ${key} "${key}|${number}|||0"`);

describe('the dialer', () => {
  it('gives a contact back to the list when it is stopped after taking the contact and before dialing', async () => {
    load('7001', '11999990010');
    await start();
    // The contact is taken first, and dialed a second and a half later.
    await vi.waitFor(() => expect(inDatabase(underWay('100'))).toContain('7001'), 9000);
    await ari('DELETE', '/channels/discador-100');
    await vi.waitFor(() => expect(inDatabase(waiting('100'))).toContain('7001'), 5000);
    expect(inDatabase(underWay('100'))).not.toContain('7001');
  });

  it('does not give back a contact that was loaded again in the meantime: its old numbers would be dialed', async () => {
    load('7001', '11999990010');
    await start();
    await vi.waitFor(() => expect(inDatabase(underWay('100'))).toContain('7001'), 9000);
    load('7001', '11999990020');
    await ari('DELETE', '/channels/discador-100');
    await vi.waitFor(() => expect(inDatabase(underWay('100'))).not.toContain('7001'), 5000);
    expect(inDatabase(waiting('100'))).toContain('7001|11999990020|');
  });

  const pause = (how: 'pause' | 'unpause', ...phones: readonly string[]) => {
    for (const phone of phones)
      pbxConsole(`queue ${how} member PJSIP/${phone} queue 100 reason test`);
  };

  it('gives a contact back undialed when the operators it was taken for pause', async () => {
    load('7001', '11999992210');
    await start();
    await vi.waitFor(() => expect(inDatabase(underWay('100'))).toContain('7001'), 9000);
    try {
      pause('pause', '1001', '1002', '1005');
      await vi.waitFor(() => expect(inDatabase(waiting('100'))).toContain('7001'), 5000);
      expect(inDatabase(underWay('100'))).not.toContain('7001');
      expect(carrierConsole('database show discadas')).not.toContain('11999992210');
    } finally {
      pause('unpause', '1001', '1002', '1005');
    }
  });

  it('leaves one free operator without a call after too many abandoned calls', async () => {
    pbxConsole('database put finaz/conta/100 atendidas 96');
    pbxConsole('database put finaz/conta/100 abandonadas 4');
    pause('pause', '1005');
    try {
      for (const key of ['7001', '7002', '7003']) load(key, '11999990020');
      await start();
      const dialed = () => inDatabase(underWay('100')).match(/\.\d+\s/g) ?? [];
      await vi.waitFor(() => expect(dialed()).toHaveLength(1), 9000);
      // By then, a second contact would have been taken and dialed.
      await new Promise((resolve) => setTimeout(resolve, 3000));
      expect(dialed()).toHaveLength(1);
    } finally {
      pause('unpause', '1005');
    }
  });

  it('schedules no next try for a contact that was cleared during the call', async () => {
    pbxConsole('dialplan set global FINAZ_VOLTAS 2');
    try {
      load('7001', '11999990020');
      await start();
      await vi.waitFor(() => expect(inDatabase(underWay('100'))).toMatch(/7001\|.*\.\d+/), 9000);
      await features.contactClear?.({ queue: '100', parameters: {} }, context);
      await hangUp('tronco');
      await vi.waitFor(() => expect(inDatabase(resultsOf('100'))).toContain('7001'), 5000);
      expect(inDatabase('finaz/fila')).toContain('0 results found');
    } finally {
      pbxConsole('dialplan set global FINAZ_VOLTAS 1');
    }
  });

  it('does not dial while contacts are being sent, even if it was running: a contact that is sent again would be called twice', async () => {
    await start();
    const mailing = { mailingId: 'm', queue: '100', parameters: {}, captures: {} };
    async function* contacts() {
      yield {
        contactId: '7001',
        name: 'Maria da Silva',
        cpf: '52998224725',
        phones: [{ areaCode: '11', number: '999990010' }],
        parameters: {},
      };
    }
    await features.contactLoad?.send({ mailing, contacts: contacts() }, context);
    expect(inDatabase(waiting('100'))).toContain('7001');
    expect(inDatabase(underWay('100'))).not.toContain('7001');
  });

  it('keeps a contact under way that was loaded again and is being dialed when its earlier call ends', async () => {
    const inCourse = () => inDatabase(underWay('100'));
    load('7001', '11999990080');
    await start();
    await vi.waitFor(() => expect(pbxConsole('core show channels')).toMatch(/Queue\(100/), 9000);
    const [first = ''] = await idsIn('finaz-atendida');
    pbxConsole(`database deltree ${underWay('100')}`);
    load('7001', '11999990020');
    // The id of a call at the end of the line says that the contact is being dialed.
    await vi.waitFor(() => expect(inCourse()).toMatch(/7001\|11999990020\|.*\.\d+/), 9000);
    await ari('DELETE', `/channels/${first}`);
    await vi.waitFor(() => expect(inDatabase(resultsOf('100'))).toContain(first), 5000);
    expect(inCourse()).toMatch(/7001\|11999990020/);
  });

  it('dials a contact once even if AstDB, unable to write to the disk, has put it back into the list before the call', async () => {
    load('7001', '11999991110');
    await start();
    await vi.waitFor(() => expect(inDatabase(underWay('100'))).toContain('7001'), 9000);
    load('7001', '11999991110');
    await vi.waitFor(() => expect(inDatabase(resultsOf('100'))).toContain('7001'), 9000);
    // If the contact were dialed from both lists, the second call would come now.
    await new Promise((resolve) => setTimeout(resolve, 3000));
    expect(carrierConsole('database show discadas/11999991110')).toMatch(/: 1\s/);
  });

  it('schedules no next try for the call of a contact that was loaded again in the meantime: the contact would be tried once too often', async () => {
    pbxConsole('dialplan set global FINAZ_VOLTAS 2');
    try {
      load('7001', '11999990080');
      await start();
      await vi.waitFor(() => expect(inDatabase(underWay('100'))).toMatch(/7001\|.*\.\d+/), 9000);
      await ari('DELETE', '/channels/discador-100');
      load('7001', '11999990010');
      await hangUp('tronco');
      await vi.waitFor(() => expect(inDatabase(resultsOf('100'))).toContain('7001'), 5000);
      expect(inDatabase(waiting('100'))).toMatch(/7001\|11999990010/);
      expect(inDatabase(waiting('100'))).toContain('1 results found');
    } finally {
      pbxConsole('dialplan set global FINAZ_VOLTAS 1');
    }
  });

  it('lists a call that ended without a result as interrupted, and no live call, even after a reload has cleared the global variables', async () => {
    load('7001', '11999990020');
    await start();
    await vi.waitFor(() => expect(inDatabase(underWay('100'))).toMatch(/7001\|.*\.\d+/), 9000);
    await ari('DELETE', '/channels/discador-100');
    const run = /FINAZ_CORRIDA=(\S+)/.exec(pbxConsole('core show globals'))?.[1];
    pbxConsole(
      `database put ${underWay('100')} 7002 "7002|11999990010||0|1796000000|${run}|lost.1"`,
    );
    pbxConsole('dialplan set global FINAZ_CORRIDA another-run');
    await vi.waitFor(async () => {
      await start();
      expect(inDatabase(resultsOf('100'))).toMatch(/lost\.1.*: 7002\|.*\|INTERROMPIDA/);
    }, 5000);
    expect(inDatabase(resultsOf('100'))).toContain('1 results found');
    expect(inDatabase(underWay('100'))).toMatch(/7001\|.*\.\d+/);
  });

  it('reports results as unavailable, once it is stopped, until the calls it had begun are over', async () => {
    const read = async () => {
      const period = { from: new Date(Date.now() - 60_000), to: new Date() };
      const mailing = { mailingId: 'm', queue: '100', parameters: {}, captures: {} };
      const outcomes: string[] = [];
      for await (const { outcome } of features.dialerResults?.read({ mailing, period }, context) ??
        [])
        outcomes.push(outcome);
      return outcomes;
    };
    load('7001', '11999990020');
    await start();
    await vi.waitFor(() => expect(inDatabase(underWay('100'))).toMatch(/7001.*\.\d+/), 9000);
    expect(await read()).toEqual([]);
    await ari('DELETE', '/channels/discador-100');
    await expect(read()).rejects.toMatchObject({ code: 'unavailable', retryable: true });
    await vi.waitFor(async () => expect(await read()).toEqual(['no_answer']), 12_000);
  });

  it('stores the whole extension of an operator whose phone has a shorter channel name, such as IAX2', async () => {
    // Asterisk sees no device state of IAX2, so the queue watches another device instead.
    pbxConsole('queue add member IAX2/2001 to 200 penalty 0 as 2001 state_interface PJSIP/1002');
    try {
      load('8001', '11999990070', '200');
      await start('200');
      await vi.waitFor(
        () => expect(inDatabase(resultsOf('200'))).toMatch(/\|ATENDIDA\|2001\|/),
        15_000,
      );
    } finally {
      await ari('DELETE', '/channels/discador-200');
      pbxConsole('queue remove member IAX2/2001 from 200');
    }
  });

  it('does not dial for an operator for whom another queue is already calling', async () => {
    for (const phone of ['1001', '1002'])
      pbxConsole(`queue pause member PJSIP/${phone} queue 100 reason test`);
    pbxConsole('queue add member PJSIP/1005 to 200');
    try {
      load('8001', '11999990020');
      load('8002', '11999990020', '200');
      await start();
      await vi.waitFor(() => expect(inDatabase(underWay('100'))).toMatch(/\|.*\.\d+/), 9000);
      await start('200');
      // 8001 rings for eight seconds; 8002 would be taken and dialed two seconds after the start if nothing held it back.
      await vi.waitFor(() => expect(inDatabase(resultsOf('100'))).toContain('8001'), 12_000);
      const [dialed] = /8002\|.*\.\d+/.exec(inDatabase(underWay('200'))) ?? [];
      expect(dialed).toBeUndefined();
      // Now it is the turn of 8002.
      await vi.waitFor(() => expect(inDatabase(underWay('200'))).toMatch(/8002\|.*\.\d+/), 9000);
    } finally {
      await ari('DELETE', '/channels/discador-200');
      pbxConsole('queue remove member PJSIP/1005 from 200');
      for (const phone of ['1001', '1002'])
        pbxConsole(`queue unpause member PJSIP/${phone} queue 100 reason test`);
    }
  });

  it('connects customers who answer even if answering machine detection is not loaded: each would be hung up on otherwise', async () => {
    pbxConsole('module unload app_amd.so');
    try {
      pbxConsole(`database put ${waiting('100')} 7001 "7001|11999990070|amd||0"`);
      await start();
      await vi.waitFor(
        () => expect(inDatabase(resultsOf('100'))).toMatch(/7001\|.*\|ATENDIDA\|/),
        12_000,
      );
    } finally {
      pbxConsole('module load app_amd.so');
    }
  });

  it('pauses after five calls in a row that the carrier does not take, keeps the remaining contacts, and goes on afterwards', async () => {
    const fates = ['60', '60', '60', '60', '60', '10', '10', '10', '10', '10', '10'];
    for (const [index, fate] of fates.entries()) load(`${7001 + index}`, `119999900${fate}`);
    const ended = () => /(\d+) results? found/.exec(inDatabase(resultsOf('100')))?.[1];
    await start();
    await vi.waitFor(() => expect(ended()).toBe('5'), 12_000);
    await new Promise((resolve) => setTimeout(resolve, 5000));
    expect(ended()).toBe('5');
    expect(inDatabase(waiting('100'))).toContain('7011');
    // The dialer goes on ten seconds after the fifth.
    await vi.waitFor(() => expect(ended()).toBe('11'), 18_000);
    expect(pbxLog()).toMatch(/finaz: a operadora .* fila 100: 34 SIP 503/);
  }, 45_000);

  it('tries a failing carrier again although another queue is calling for a shared operator: that queue may call all day', async () => {
    pbxConsole('queue add member PJSIP/1005 to 200');
    try {
      load('8001', '11999990020');
      await start();
      await vi.waitFor(() => expect(inDatabase(underWay('100'))).toMatch(/\|.*\.\d+/), 9000);
      pbxConsole('queue add member PJSIP/1001 to 200');
      pbxConsole('database put finaz/conta/200 recusadas 5');
      load('8002', '11999990010', '200');
      await start('200');
      // 8001, of the other queue, rings for eight seconds.
      await vi.waitFor(() => expect(inDatabase(resultsOf('200'))).toContain('8002'), 5000);
      expect(inDatabase(resultsOf('100'))).not.toContain('8001');
    } finally {
      await ari('DELETE', '/channels/discador-200');
      for (const phone of ['1005', '1001'])
        pbxConsole(`queue remove member PJSIP/${phone} from 200`);
    }
  }, 30_000);

  it('halves its counts of answered and abandoned calls beyond a thousand: old calls would outweigh a bad day otherwise', async () => {
    pbxConsole('database put finaz/conta/100 atendidas 949');
    pbxConsole('database put finaz/conta/100 abandonadas 51');
    load('7001', '11999990070');
    await start();
    await vi.waitFor(() => expect(inDatabase(resultsOf('100'))).toMatch(/\|ATENDIDA\|/), 12_000);
    const counted = inDatabase('finaz/conta/100');
    expect(counted).toMatch(/atendidas\s*: 475\s/);
    expect(counted).toMatch(/abandonadas\s*: 25\s/);
  });

  it('loses one of three customers to an operator who has left the phone, and connects the other two', async () => {
    const members = ['1003', '1001'].map((phone) => `member => PJSIP/${phone}\n`).join('');
    await withQueue(`${queueText('sala')}${members}`, async () => {
      // These customers hang up when no operator has picked up for some seconds.
      for (const key of ['7001', '7002', '7003']) load(key, '11999990080', 'sala');
      await start('sala');
      const ended = () => inDatabase(resultsOf('sala')).match(/\|(?:ATENDIDA|ABANDONO)\|/g) ?? [];
      await vi.waitFor(() => expect(ended()).toHaveLength(3), 30_000);
      expect(ended().filter((status) => status === '|ATENDIDA|')).toHaveLength(2);
    }).finally(() => ari('DELETE', '/channels/discador-sala'));
  }, 45_000);

  it('dials the next contact for an operator who has transferred the customer with the keys of the phone, although that call goes on', async () => {
    for (const phone of ['1002', '1005'])
      pbxConsole(`queue pause member PJSIP/${phone} queue 100 reason test`);
    try {
      load('7001', '11999990081');
      await start();
      // Does in the dialplan what a phone does by a REFER. Asterisk refuses it until the two talk.
      await vi.waitFor(async () => {
        const [operator = ''] = await callsOf('1001');
        const handedOver = await inAmiSession({ settings, context, feature: undefined }, (act) =>
          act({
            Action: 'BlindTransfer',
            Channel: operator,
            Context: 'finaz-saida',
            Exten: '1003',
          }),
        );
        expect(handedOver).toMatchObject({ isSuccess: true });
      }, 12_000);
      load('7002', '11999990010');
      await vi.waitFor(() => expect(inDatabase(resultsOf('100'))).toContain('7002'), 9000);
    } finally {
      for (const phone of ['1002', '1005'])
        pbxConsole(`queue unpause member PJSIP/${phone} queue 100 reason test`);
    }
  }, 30_000);
});

describe('the carrier', () => {
  interface Carrier {
    /** The callers that the carrier is told. */
    readonly callers: string[];
    readonly close: () => void;
  }

  /** A carrier that refuses every call with this answer. Until it is closed, all calls go out through it. */
  async function startCarrier(answer: string): Promise<Carrier> {
    const callers: string[] = [];
    const socket = createSocket('udp4');
    socket.on('message', (message, { port, address }) => {
      const lines = message.toString().split('\r\n');
      if (!lines[0]?.startsWith('INVITE ')) return;
      callers.push(lines.find((line) => line.startsWith('From:')) ?? '');
      const back = lines.filter((line) => /^(?:Via|From|To|Call-ID|CSeq):/i.test(line));
      const told = [
        `SIP/2.0 ${answer}`,
        ...back.map((line) => (/^To:/i.test(line) ? `${line};tag=carrier` : line)),
        'WWW-Authenticate: Digest realm="carrier", nonce="1"',
        'Content-Length: 0',
      ];
      socket.send(`${told.join('\r\n')}\r\n\r\n`, port, address);
    });
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const trunk = `PJSIP/tronco/sip:%@127.0.0.1:${socket.address().port}`;
    pbxConsole(`dialplan set global FINAZ_TRONCO ${trunk}`);
    return {
      callers,
      close() {
        pbxConsole('dialplan set global FINAZ_TRONCO PJSIP/%@tronco');
        socket.close();
      },
    };
  }

  const phone = { kind: 'mobile', e164: '+5511', areaCode: '11', number: '999990010' } as const;
  const click = { queue: '100', extension: '1001', phone, parameters: {} };

  it.each([
    ['401 Unauthorized', 'FALHA'],
    ['603 Decline', 'REJEITADA'],
    ['410 Gone', 'INVALIDO'],
  ])(
    'gives results of the dialer and of click2call their status and words: %s is %s',
    async (answer, status) => {
      const carrier = await startCarrier(answer);
      try {
        load('7001', '11999990010');
        await start();
        await features.click2call?.({ ...click, attemptId: 'refused' }, context);
        for (const family of [resultsOf('100'), click2callResults])
          await vi.waitFor(
            () => expect(inDatabase(family)).toMatch(new RegExp(`\\|${status}\\|.*SIP ${answer}`)),
            9000,
          );
      } finally {
        carrier.close();
      }
    },
  );

  it.each([
    ['401 Unauthorized', 'failed'],
    ['603 Decline', 'rejected'],
    ['410 Gone', 'invalid_number'],
  ])('gives a transfer its outcome: %s is %s', async (answer, outcome) => {
    await connect('1001', '11999990081', 'handed-1');
    const carrier = await startCarrier(answer);
    try {
      expect(await handOver('11988887777')).toMatchObject({ outcome });
    } finally {
      carrier.close();
    }
  });

  it('cannot run anything in the dialplan with the words of its answer', async () => {
    const words = '503 Away):Set(GLOBAL(DITO)=sim';
    const carrier = await startCarrier(words);
    try {
      load('7001', '11999990010');
      await start();
      await features.click2call?.({ ...click, attemptId: 'words' }, context);
      for (const family of [resultsOf('100'), click2callResults])
        await vi.waitFor(() => expect(inDatabase(family)).toContain(`SIP ${words}`), 9000);
      expect(pbxConsole('core show globals')).not.toContain('DITO');
    } finally {
      carrier.close();
    }
  });

  it('sees the number of the company as the caller, not the name of the phone of an operator or the number of a customer', async () => {
    await connect('1001', '11999990081', 'caller-1');
    const carrier = await startCarrier('480 Temporarily Unavailable');
    try {
      await handOver('11988887777');
      await hangUp('1001');
      await features.click2call?.({ ...click, attemptId: 'caller-2' }, context);
      await vi.waitFor(() => expect(carrier.callers).toHaveLength(2), 9000);
      await hangUp('1001');
      const named = asterisk.create({ ...settings, callerId: '"Cobranca" <4000>' }).features;
      await named.click2call?.({ ...click, attemptId: 'caller-3' }, context);
      await vi.waitFor(() => expect(carrier.callers).toHaveLength(3), 9000);
      for (const caller of carrier.callers)
        expect(caller).toMatch(/^From: <sip:1140000000@127\.0\.0\.1>/);
    } finally {
      carrier.close();
    }
  }, 30_000);
});

describe('a transfer', () => {
  it.each([
    ['a number', '11988880020'],
    ['an extension', '1003'],
    ['a queue', '200'],
  ])(
    'to %s is reported as abandoned when the customer hangs up before anybody answers',
    async (_, destination) => {
      await connect('1001', '11999990081', 'left-1');
      const hangUpWhileItRings = async () => {
        await vi.waitFor(() => expect(inDatabase(transfers)).toMatch(/\|(?:CHAMANDO|FILA)/), 5000);
        await customerHangsUp();
      };
      const [told] = await Promise.all([handOver(destination), hangUpWhileItRings()]);
      expect(told).toMatchObject({ outcome: 'abandoned', vendorStatus: 'CANCEL' });
    },
  );

  it('keeps its outcome in AstDB after the call is over', async () => {
    await connect('1001', '11999990081', 'kept-1');
    expect(await handOver('1005')).toMatchObject({ outcome: 'answered' });
    await hangUp('tronco');
    await vi.waitFor(() => expect(pbxConsole('core show channels')).toContain('0 active calls'), {
      timeout: 5000,
    });
    expect(inDatabase(`${transfers}/kept-1`)).toMatch(/: 1005\|\d+\|ANSWER/);
  });
});

describe('an answered event', () => {
  /** Has the server report a call to a host that answers with these statuses. @returns the requests that the host got */
  async function tell(callId: string, ...statuses: readonly number[]): Promise<string[]> {
    const asked: string[] = [];
    const host = await startLoopbackServer((request, response) => {
      response.writeHead(statuses[asked.length] ?? 200).end();
      asked.push(request.url ?? '');
    });
    pbxConsole(`dialplan set global FINAZ_HOST ${host.url}`);
    try {
      await ari('POST', '/channels', {
        endpoint: 'Local/s@finaz-evento/n',
        context: 'finaz-evento',
        extension: 'vazio',
        priority: 1,
        variables: {
          __CHAMADA: callId,
          __EV: `pid=7&num=11999990080&cid=${callId}&ramal=1001&empresaId=1042`,
        },
      });
      await vi.waitFor(() => expect(asked).toHaveLength(statuses.length), 18_000);
      await vi.waitFor(
        () => expect(pbxConsole('core show channels')).not.toContain('finaz-evento'),
        5000,
      );
    } finally {
      pbxConsole('dialplan set global FINAZ_HOST http://127.0.0.1:1');
      await host.close();
    }
    return asked;
  }
  /** The lines of our dialplan in the log of the server that name a call. */
  const told = (callId: string) =>
    pbxLog()
      .split('\n')
      .filter((line) => line.includes('finaz: ') && line.includes(callId));

  it('is sent again, unchanged, to a host that answers 503', async () => {
    const [first, second] = await tell('again-1', 503, 200);
    expect(second).toBe(first);
    expect(second).toContain('cid=again-1&ramal=1001');
    expect(told('again-1')).toEqual([]);
  });

  it('is sent again to a host that answers 429, or whose proxy answers 404', async () => {
    const asked = await tell('later-1', 429, 404, 200);
    expect(new Set(asked).size).toBe(1);
    expect(told('later-1')).toEqual([]);
  });

  it('is sent more than five times to a host that was away, as long as the call goes on', async () => {
    await connect('1001', '11999990081', 'away-1');
    await tell('away-1', 503, 503, 503, 503, 503, 200);
    expect(told('away-1')).toEqual([]);
  }, 30_000);

  it('that the host refuses is logged by the server with its call id and the status, without number and contact', async () => {
    await tell('refused-1', 403);
    const [line, ...more] = told('refused-1');
    expect(line).toMatch(/finaz: .* cid=refused-1: status "403" na tentativa 1$/);
    expect(line).not.toMatch(/11999990080|num=|pid=/);
    expect(more).toEqual([]);
  });
});
