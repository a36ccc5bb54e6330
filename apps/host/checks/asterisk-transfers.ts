import assert from 'node:assert/strict';
import * as v from 'valibot';
import { carrierConsole, pbxConsole, type AsteriskHost } from './asterisk-host.ts';
import { check, contact, json, problem, steps, until } from './asterisk-steps.ts';
import { openScreen } from './operator-screen.ts';

/** Destinations of transfers, and what the operator must be told: `undefined` if the destination still rings or waits when the host must answer. */
const destinations = [
  ['a number that answers', '11988880080', 'answered', 'ANSWER'],
  ['a number that is busy', '11988880010', 'busy', 'BUSY'],
  ['a number that does not exist', '11988880030', 'invalid_number', 'INVALIDO'],
  ['a number that refuses', '11988880050', 'rejected', 'REJEITADA'],
  ['a number that does not pick up', '11988880020', undefined, 'CHAMANDO'],
  ['an extension', '1005', 'answered', 'ANSWER'],
  ['a queue in which nobody picks up', '200', undefined, 'FILA'],
] as const;

const Bridges = v.array(v.object({ channels: v.array(v.string()) }));
const Channels = v.array(v.object({ id: v.string(), name: v.string() }));

/** How often the carrier was asked to dial a number. */
const askedFor = ({ lab }: AsteriskHost, number: string): number =>
  Number(
    new RegExp(`/${number}\\s*: (\\d+)`).exec(
      carrierConsole(lab, `database show discadas ${number}`),
    )?.[1] ?? 0,
  );

/** Transfers of calls that an operator has placed, and of calls that the dialer has delivered through the queue. */
export async function checkTransfers(host: AsteriskHost): Promise<void> {
  const { placed, phase, transfer, hangUp, send, mailingIn, ari } = steps(host);

  const operators = ['1001', '1002'];
  /** Names of the channels that are connected with another channel. */
  async function bridged(): Promise<string[]> {
    const bridges = v.parse(Bridges, await (await ari('GET', '/bridges')).json());
    const ids = new Set(bridges.flatMap(({ channels }) => (channels.length > 1 ? channels : [])));
    const channels = v.parse(Channels, await (await ari('GET', '/channels')).json());
    return channels.filter(({ id }) => ids.has(id)).map(({ name }) => name);
  }

  async function handOver(
    extension: string,
    [, destination, outcome, vendorStatus]: (typeof destinations)[number],
  ): Promise<void> {
    const before = askedFor(host, destination);
    const body = await json(await transfer(extension, destination), 200);
    assert.deepEqual(
      [body['status'], body['outcome'], body['vendorStatus']],
      ['accepted', outcome, vendorStatus],
    );
    if (destination.length > 4) assert.equal(askedFor(host, destination), before + 1);
    // The operator must be free, whatever became of the transfer.
    await until(
      async () =>
        /"channel_ids":\[\]/.test(await (await ari('GET', `/endpoints/PJSIP/${extension}`)).text())
          ? true
          : undefined,
      'a free operator',
    );
  }

  await host.save({ transferSeconds: 3 });
  for (const destination of destinations) {
    await check(`transfer of a placed call to ${destination[0]}`, async () => {
      const callId = await placed('1002', '99999-0081');
      await phase(callId, 'talking');
      await handOver('1002', destination);
      await hangUp('1002', '1005');
    });
  }

  // One phone is kept free of the dialer's calls, so that it can be transferred to.
  pbxConsole(host.lab, 'queue pause member PJSIP/1005 queue 100');
  const screens = operators.map((extension) => openScreen(host, extension));
  const used = new Set<string>();
  const nextCall = () =>
    until(
      async () => {
        const events = screens.flatMap((screen) => [...screen.events.values()]);
        const event = events.find(({ callId }) => !used.has(callId));
        if (event) used.add(event.callId);
        return event;
      },
      'a call that the dialer delivers',
      40,
    );
  const customers = destinations.map((_, index) => contact(`t-${index}`, `9777700${index}1`));
  await mailingIn(await send('100', customers), 'active');
  for (const destination of destinations) {
    await check(`transfer of a delivered call to ${destination[0]}`, async () => {
      const { extension } = await nextCall();
      await handOver(extension, destination);
      await hangUp('1005');
    });
  }
  // The host has no part in these calls: a customer calls the company, and the queue of the server picks an operator.
  for (const destination of destinations.slice(0, 3)) {
    await check(
      `transfer of a call that came in through the queue to ${destination[0]}`,
      async () => {
        carrierConsole(host.lab, 'channel originate PJSIP/4000@rede application Echo');
        const extension = await until(async () => {
          const talking = await bridged();
          return operators.find((one) => talking.some((name) => name.startsWith(`PJSIP/${one}-`)));
        }, 'an operator who talks');
        await handOver(extension, destination);
        await hangUp('tronco');
      },
    );
  }
  await check(
    'customers who were handed over take no place among the calls in course',
    async () => {
      assert.doesNotMatch(pbxConsole(host.lab, 'group show channels'), /discador/);
    },
  );
  for (const screen of screens) await screen.close();
  pbxConsole(host.lab, 'queue unpause member PJSIP/1005 queue 100');
  await host.save();

  await check('transfer without a call, and to where nobody could be, is refused', async () => {
    const none = await problem(await transfer('1001', '11988880080'), 422);
    assert.match(none.detail, /no call that could be transferred/);
    const callId = await placed('1001', '99999-0081');
    await phase(callId, 'talking');
    const nowhere = await problem(await transfer('1001', '8888'), 400);
    assert.match(nowhere.detail, /no telephone number, extension or queue/);
    const offline = await problem(await transfer('1001', '1004'), 422);
    assert.match(offline.detail, /not registered/);
    // The customer must still be on the line.
    await phase(callId, 'talking', 1);
    await hangUp('1001');
  });

  await check('a call that the host knew nothing of is transferred under its own id', async () => {
    const before = await placed('1001', '99999-0010');
    await phase(before, 'ended');
    const internal = 'endpoint=PJSIP/1001&context=finaz-saida&extension=1002&priority=1';
    assert.equal((await ari('POST', `/channels?${internal}`)).status, 200);
    await until(async () => ((await bridged()).length > 1 ? true : undefined), 'an internal call');
    const { callId } = await json(await transfer('1001', '1005'), 200);
    assert.match(String(callId), /\d\.\d+$/);
    await hangUp('1001', '1002', '1005');
  });
}
