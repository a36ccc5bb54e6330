import { readFileSync } from 'node:fs';
import { createTestContext } from '@finaz-telephony/testing';
import {
  startVicidial,
  type VicidialOptions,
  type VicidialSimulator,
} from '@finaz-telephony/testing/simulators';
import { describe, expect, test } from 'vitest';
import * as v from 'valibot';
import { parse as parseYaml } from 'yaml';
import {
  callTo,
  connect,
  contact,
  each,
  failureOf,
  feature,
  load,
  mailingIn,
  results,
  transferTo,
} from './support.ts';

const noon = Date.parse('2025-07-01T12:00:00-03:00');
const day = [new Date('2025-07-01T00:00:00-03:00'), new Date('2025-07-01T23:00:00-03:00')] as const;

const start = (options?: VicidialOptions, own: object = {}) =>
  connect('vicidial', startVicidial({ now: () => noon, ...options }), ({ url, user, pass }) => ({
    baseUrl: url,
    variables: { user, pass },
    operators: { '1001': { user: '6001' } },
    click2call: { repeat: { every: 0.2, atMost: 3 } },
    ...own,
  }));

const sent = (server: VicidialSimulator, name: string) =>
  server.journal.filter(({ text, target }) => `${target}&${text}&`.includes(`function=${name}&`));

describe('click2call', () => {
  test('waits for the id of the new call, and does not give the id of the previous call', async () => {
    const { server, adapter } = await start();
    const dial = feature(adapter, 'click2call');
    expect(await dial(callTo('41999990001'), createTestContext())).toEqual({
      callId: 'M4050908070000012341',
      captures: { leadId: '12345' },
    });
    expect(await dial(callTo('41999990002'), createTestContext())).toMatchObject({
      callId: 'M4050908070000012342',
    });
    expect(sent(server, 'external_dial').map(({ target }) => target)[0]).toBe(
      '/agc/api.php?source=finaz&user=finaz&pass=vicidial-s3nha&agent_user=6001&function=external_dial&value=41999990001&phone_code=55&search=YES&preview=NO&focus=NO',
    );
    expect(sent(server, 'external_dial')).toHaveLength(2);
    expect(sent(server, 'agent_status').length).toBeGreaterThanOrEqual(6);
  });

  test('gives each call to the same number an id of its own', async () => {
    const { adapter } = await start();
    const dial = feature(adapter, 'click2call');
    const ids = [];
    for (let calls = 0; calls < 3; calls += 1)
      ids.push((await dial(callTo('41999990001'), createTestContext())).callId);
    expect(new Set(ids).size).toBe(3);
  });

  test('is accepted without an id, and not dialed again, if the id does not come in time', async () => {
    const { server, adapter } = await start(
      { pollsUntilPlaced: 1000 },
      { click2call: { repeat: { every: 0.2, atMost: 0.5 } } },
    );
    const placed = await feature(adapter, 'click2call')(callTo('41999990001'), createTestContext());
    expect(placed).toEqual({ callId: null, captures: {} });
    expect(sent(server, 'external_dial')).toHaveLength(1);
  });

  test('pauses an agent who waits for calls before it dials', async () => {
    const { server, adapter } = await start();
    for (const agent of server.state.agents.values()) agent.paused = false;
    expect(
      await feature(adapter, 'click2call')(callTo('41999990001'), createTestContext()),
    ).toMatchObject({ callId: 'M4050908070000012341' });
    expect(sent(server, 'external_pause')).toHaveLength(1);
    expect(sent(server, 'external_dial')).toHaveLength(1);
  });

  test('reads the id from the column call_id of the manual or callerid of the server', async () => {
    for (const column of ['call_id', 'callerid']) {
      const { server, adapter } = await start({ pollsUntilPlaced: 1000 });
      const dialed = (id: string, number: string) =>
        `status\t${column}\tlead_id\tfull_name\tphone_number\nINCALL\t${id}\t7\tSilva, "Ana\t${number}\n`;
      for (const body of [
        'SUCCESS: external_pause function set - PAUSE|1|6001\n',
        dialed('M1', '41999990001'),
        'SUCCESS: external_dial function set - 41999990001|6001\n',
        dialed('M1', '41999990001'),
        dialed('M2', '41999990001'),
      ])
        server.answerNext({ body });
      expect(
        await feature(adapter, 'click2call')(callTo('41999990001'), createTestContext()),
      ).toEqual({ callId: 'M2', captures: { before: 'M1', leadId: '7' } });
      await server.close();
    }
  });

  test('succeeds if the answer has a notice beside SUCCESS', async () => {
    const { adapter } = await start(undefined, {
      click2call: {
        repeat: { every: 0.2, atMost: 3, until: 'reply[0].callerid' },
        steps: [
          {
            request: {
              url: '/agc/api.php',
              query: {
                user: '{{ variables.user }}',
                pass: '{{ variables.pass }}',
                agent_user: '6001',
                function: 'external_dial',
                value: '{{ areaCode }}{{ number }}',
                dial_ingroup: 'NONE',
              },
            },
            outcome: [{ when: 'not (text contains variables.success)', is: 'refused' }],
          },
        ],
      },
    });
    expect(
      await feature(adapter, 'click2call')(callTo('41999990001'), createTestContext()),
    ).toMatchObject({ callId: 'M4050908070000012341' });
  });

  test('is refused in the words of the vendor if the agent is not logged in', async () => {
    const { server, adapter } = await start();
    for (const agent of server.state.agents.values()) agent.loggedIn = false;
    const error = await failureOf(
      feature(adapter, 'click2call')(callTo('41999990001'), createTestContext()),
    );
    expect(error).toMatchObject({
      code: 'refused',
      delivery: 'answered',
      vendor: { message: 'agent_user is not logged in - 6001' },
    });
  });

  test('ends with its first request if the login fails, and the error repeats no credentials', async () => {
    const { server, adapter } = await start(undefined, {
      variables: { user: 'finaz', pass: 'wr0ng' },
    });
    const error = await failureOf(
      feature(adapter, 'click2call')(callTo('41999990001'), createTestContext()),
    );
    expect(error).toMatchObject({
      code: 'auth_failed',
      vendor: { message: 'Invalid Username/Password' },
    });
    expect(server.journal).toHaveLength(1);
  });
});

test.each([
  ['4133330000', 'value=BLIND_TRANSFER&phone_number=4133330000&dial_override=YES'],
  ['1002', 'value=LOCAL_CLOSER&ingroup_choices=AGENTDIRECT&phone_number=6002&dial_override=YES'],
  ['1003', 'value=LOCAL_CLOSER&ingroup_choices=AGENTDIRECT&phone_number=maria_s&dial_override=YES'],
  [
    '1004',
    'value=LOCAL_CLOSER&ingroup_choices=AGENTDIRECT&phone_number=4133330004&dial_override=YES',
  ],
  ['1005', 'value=LOCAL_CLOSER&ingroup_choices=AGENTDIRECT&phone_number=1005&dial_override=YES'],
  ['SALESLINE', 'value=LOCAL_CLOSER&ingroup_choices=SALESLINE&dial_override=YES'],
])(
  'a transfer to %s goes to an agent, an in-group or a number, whichever the destination names',
  async (destination, query) => {
    const agents = [
      { user: '6001', extension: '1001' },
      { user: '6002', extension: '1002' },
      { user: 'maria_s', extension: '1003' },
      { user: '4133330004', extension: '1004' },
      { user: '1005', extension: '1005' },
    ];
    const { server, adapter } = await start(
      { agents, pollsUntilPlaced: 1 },
      {
        operators: {
          '1001': { user: '6001' },
          '1002': { user: '6002' },
          '1003': { user: 'maria_s' },
          '1004': { user: '4133330004' },
        },
      },
    );
    await feature(adapter, 'click2call')(callTo('41999990001'), createTestContext());
    expect(
      await feature(adapter, 'transfer')(transferTo(destination), createTestContext()),
    ).toEqual({
      status: 'accepted',
    });
    expect(server.journal.at(-1)?.target).toMatch(new RegExp(`${query}$`));
  },
);

test('a recording is found by its call, then among those of the agent on that day, and fetched as a file', async () => {
  const { server, adapter } = await start({ pollsUntilPlaced: 1 });
  const placed = await feature(adapter, 'click2call')(callTo('41999990001'), createTestContext());
  const response = await feature(adapter, 'recording')(
    { callId: placed.callId ?? '' },
    createTestContext(),
  );
  const audio = Buffer.from(await response.arrayBuffer());
  expect(audio.toString('latin1', 0, 4)).toBe('RIFF');
  expect(
    server.journal.slice(-3).map(({ target }) => target.replace(/\?.*function=/, ' ')),
  ).toEqual([
    '/vicidial/non_agent_api.php callid_info&call_id=M4050908070000012341&detail=YES&stage=tab&header=YES',
    '/vicidial/non_agent_api.php recording_lookup&agent_user=6001&date=2025-07-01&stage=tab&header=YES',
    '/RECORDINGS/20250701120000_41999990001_6001-M4050908070000012341-all.wav',
  ]);
  const missing = await failureOf(
    feature(adapter, 'recording')({ callId: 'M1' }, createTestContext()),
  );
  expect(missing.code).toBe('not_found');
});

test('only a recording of the debtor who was called is taken, even if another one begins closer to the call', async () => {
  const { server, adapter } = await start();
  const info =
    'call_id\tcusttime\tcall_date\tphone\tcall_type\tcampaign_id\tlist_id\tstatus\tuser\nV7\t42\t2025-07-01 12:00:00\t4133330000\tOUTBOUND_AUTO\tCOBRANCA\t101\tSALE\t6001\n';
  const row = (time: string, lead: string, phone: string) =>
    `2025-07-01 ${time}\t6001\t1\t${lead}\t${server.url}/RECORDINGS/20250701_${phone}-all.wav\n`;
  const header = 'start_time\tuser\trecording_id\tlead_id\tlocation\n';
  const others = row('11:59:55', '8', '41999990008') + row('12:00:10', '9', '41999990009');
  const own = row('09:00:00', '7', '4133330000') + row('12:00:20', '7', '4133330000');
  const fetched = async (rows: string, leadId?: string) => {
    server.answerNext({ body: info });
    server.answerNext({ body: header + rows });
    server.answerNext({ headers: { 'Content-Type': 'audio/x-wav' }, body: 'RIFF' });
    await feature(adapter, 'recording')(
      { callId: 'V7', ...(leadId && { call: { callId: 'V7', captures: { leadId } } }) },
      createTestContext(),
    );
    return server.journal.at(-1)?.path;
  };
  expect(await fetched(others + own)).toBe('/RECORDINGS/20250701_4133330000-all.wav');
  expect(await fetched(others, '9')).toBe('/RECORDINGS/20250701_41999990009-all.wav');
  expect((await failureOf(fetched(others))).code).toBe('not_found');
  const longer = others + row('12:00:00', '10', '14133330000');
  expect((await failureOf(fetched(longer))).code).toBe('not_found');
});

describe('mailings', () => {
  test('send the first phone of a contact by itself, and the others in multi_alt_phones without gaps', async () => {
    const { server, adapter } = await start();
    const { rejected } = await load(adapter, mailingIn('101'), [
      contact('crm-1', '41999990001', '41999990002', '41999990003', '41999990004', '41999990005'),
      contact('crm-2', '41999990006', '41999990007'),
      contact('crm-3', '41999990008'),
    ]);
    expect(rejected).toEqual([]);
    expect(
      server.state.leads.map(({ vendorLeadCode, phones }) => [vendorLeadCode, phones]),
    ).toEqual([
      ['crm-1', ['41999990001', '41999990002', '41999990003', '41999990004', '41999990005']],
      ['crm-2', ['41999990006', '41999990007']],
      ['crm-3', ['41999990008']],
    ]);
    const bodies = sent(server, 'add_lead').map(({ text }) => new URLSearchParams(text));
    expect(bodies.map((body) => body.get('multi_alt_phones'))).toEqual([
      // VICIdial takes a phone without a country code for one of the USA.
      '41999990002_55!41999990003_55!41999990004_55!41999990005_55',
      '41999990007_55',
      null,
    ]);
    expect(bodies[0]?.get('first_name')).toBe('Conceição D’Ávila e Filhos');
    expect(bodies[0]?.get('security_phrase')).toBe('52998224725');
    expect(server.state.lists.get('101')?.active).toBe(true);
  });

  test('activate the list after the last contact, and deactivate it when the mailing ends', async () => {
    const { server, adapter } = await start();
    const { mailing } = await load(adapter, mailingIn('101'), [contact('crm-1', '41999990001')]);
    const changes = sent(server, 'update_list').map(({ query }) => query.get('active'));
    expect(changes).toEqual(['N', 'Y']);
    await feature(adapter, 'contactLoad').deactivate?.(mailing, createTestContext());
    expect(server.state.lists.get('101')?.active).toBe(false);
  });

  test('load a duplicate once without rejecting it, and reject an invalid number in the words of the vendor', async () => {
    const { server, adapter } = await start();
    const { rejected } = await load(adapter, mailingIn('101'), [
      contact('crm-1', '41999990001'),
      contact('crm-1', '41999990001'),
      contact('crm-2', '419'),
    ]);
    expect(server.state.leads).toHaveLength(1);
    expect(rejected).toMatchObject([
      { contactId: 'crm-2', vendor: { message: 'add_lead INVALID PHONE NUMBER LENGTH' } },
    ]);
  });

  test('refuse a contact id that VICIdial would cut, before it is sent, and take one of 20 characters', async () => {
    const { server, adapter } = await start();
    const whole = 'crm:7001/2026 ção-99';
    await load(adapter, mailingIn('101'), [contact(whole, '41999990001')]);
    expect(server.state.leads.map(({ vendorLeadCode }) => vendorLeadCode)).toEqual([whole]);
    for (const id of ['0b6c1f6e-8b5e-4f6e-9d0c-2a54a6c9a001', 'a#1', 'a;1', 'a"1', 'a+1']) {
      const error = await failureOf(load(adapter, mailingIn('101'), [contact(id, '41999990002')]));
      expect(error).toMatchObject({ code: 'invalid_input', delivery: 'not_sent' });
      expect(error.message).toContain('20 characters');
    }
    expect(server.state.leads).toHaveLength(1);
  });

  test('are cleared and counted, and a clear fails if SUCCESS comes with a notice of a missing permission', async () => {
    const refused = await start({ mayDeleteLeads: false });
    await load(refused.adapter, mailingIn('101'), [contact('crm-1', '41999990001')]);
    const clear = (adapter: typeof refused.adapter) =>
      feature(adapter, 'contactClear')({ queue: '101', parameters: {} }, createTestContext());
    expect(await failureOf(clear(refused.adapter))).toMatchObject({
      code: 'invalid_config',
      delivery: 'answered',
    });
    expect(refused.server.state.leads).toHaveLength(1);

    const allowed = await start();
    await load(allowed.adapter, mailingIn('101'), [
      contact('crm-1', '41999990001'),
      contact('crm-2', '41999990002'),
    ]);
    expect(await clear(allowed.adapter)).toEqual({ cleared: 2 });
    expect(await clear(allowed.adapter)).toEqual({ cleared: 0 });
    expect(allowed.server.state.leads).toEqual([]);
    const unknown = feature(allowed.adapter, 'contactClear')(
      { queue: '999', parameters: {} },
      createTestContext(),
    );
    expect(await failureOf(unknown)).toMatchObject({
      code: 'refused',
      vendor: { message: 'update_list LIST DOES NOT EXIST - finaz|999' },
    });
  });
});

test('a queue that is not the number of a list is refused before anything is sent: VICIdial would take its digits for another list', async () => {
  const { server, adapter } = await start({ lists: ['101', '999'] });
  await load(adapter, mailingIn('101'), [contact('crm-1', '41999990001')]);
  const before = server.journal.length;
  for (const queue of ['fila-101', '0101', '42', '1 0 1']) {
    const clearing = feature(adapter, 'contactClear')(
      { queue, parameters: {} },
      createTestContext(),
    );
    const error = await failureOf(clearing);
    expect(error).toMatchObject({ code: 'invalid_input', delivery: 'not_sent' });
    expect(error.message).toContain('its number has 3 to 14 digits');
    const loading = load(adapter, mailingIn(queue), [contact('crm-2', '41999990002')]);
    expect((await failureOf(loading)).delivery).toBe('not_sent');
    expect((await failureOf(results(adapter, mailingIn(queue), ...day))).delivery).toBe('not_sent');
  }
  expect(server.journal).toHaveLength(before);
  expect(server.state.leads).toHaveLength(1);
});

test('a load by file, as in the README of the profile, reads its counts from the page that answers', async () => {
  const page = readFileSync(new URL('../../profiles/vicidial/README.md', import.meta.url), 'utf8');
  const snippet = /```yaml\n(contactLoad:\n[\s\S]*?)```/.exec(page)?.[1] ?? '';
  const { server, adapter } = await start(
    undefined,
    v.parse(v.record(v.string(), v.unknown()), parseYaml(snippet)),
  );
  const { results: files } = await load(adapter, mailingIn('101'), [
    contact('crm-1', '41999990001'),
    contact('crm-2', '41999990001'),
    contact('crm-3', '41999990002'),
  ]);
  expect(files).toMatchObject([{ rejected: [], taken: 2 }]);
  expect(
    server.state.leads.map(({ vendorLeadCode, phones, fields }) => [
      vendorLeadCode,
      phones,
      fields['first_name'],
    ]),
  ).toEqual([
    ['crm-1', ['41999990001'], 'Conceição D’Ávila & Filhos'],
    ['crm-3', ['41999990002'], 'Conceição D’Ávila & Filhos'],
  ]);
});

test('an error page of a proxy leaves a load and a clear in doubt, and is no refusal', async () => {
  const { server, adapter } = await start();
  const proxy = { status: 502, body: '<html>Bad Gateway</html>' };
  const { send } = feature(adapter, 'contactLoad');
  server.answerNext(proxy);
  const sending = send(
    { mailing: mailingIn('101'), contacts: each([contact('crm-1', '41999990001')]) },
    createTestContext(),
  );
  expect(await failureOf(sending)).toMatchObject({ code: 'network', delivery: 'unknown' });
  server.answerNext(proxy);
  const clearing = feature(adapter, 'contactClear')(
    { queue: '101', parameters: {} },
    createTestContext(),
  );
  expect(await failureOf(clearing)).toMatchObject({ code: 'network', delivery: 'unknown' });
});

describe('results', () => {
  test('are empty, and nothing is unreadable, if there were no calls', async () => {
    const { adapter } = await start();
    expect(await results(adapter, mailingIn('101'), ...day)).toEqual({
      attempts: [],
      unreadable: [],
    });
  });

  test.each(['outbound ', 'inbound ', ''])(
    'are empty if the answer says that there are no %scalls',
    async (direction) => {
      const { server, adapter } = await start();
      server.answerNext({
        body: `There are no ${direction}calls during this time period for these parameters\n`,
      });
      expect((await results(adapter, mailingIn('101'), ...day)).attempts).toEqual([]);
    },
  );

  test('fail, instead of being empty, for a refused login or a missing right', async () => {
    const wrong = await start(undefined, { variables: { user: 'finaz', pass: 'wr0ng' } });
    expect((await failureOf(results(wrong.adapter, mailingIn('101'), ...day))).code).toBe(
      'auth_failed',
    );
    const { adapter } = await start({ mayExport: false });
    expect((await failureOf(results(adapter, mailingIn('101'), ...day))).code).toBe(
      'invalid_config',
    );
  });

  test('know the status HUC18 by name and HUC99 by prefix, and an unknown status stays as VICIdial writes it', async () => {
    const { server, adapter } = await start();
    const numbers = [
      '41999990001',
      '41999990010',
      '41999990020',
      '41999990021',
      '41999990022',
      '41999990023',
    ];
    await load(
      adapter,
      mailingIn('101'),
      numbers.map((number, index) => contact(`crm-${index}`, number)),
    );
    for (const [number, status] of [
      ['41999990021', 'HUC18'],
      ['41999990022', 'HUC99'],
      ['41999990023', 'PROMESSA'],
    ] as const)
      server.state.statusOf.set(number, status);
    await server.dial('101');
    const { attempts, unreadable } = await results(adapter, mailingIn('101'), ...day);
    expect(unreadable).toEqual([]);
    expect(
      attempts.map(({ contactId, vendorStatus, outcome }) => [contactId, vendorStatus, outcome]),
    ).toEqual([
      ['crm-0', 'SALE', 'answered'],
      ['crm-1', 'B', 'busy'],
      ['crm-2', 'NA', 'no_answer'],
      ['crm-3', 'HUC18', 'no_answer'],
      ['crm-4', 'HUC99', 'failed'],
      ['crm-5', 'PROMESSA', 'unknown'],
    ]);
    expect(attempts[0]).toMatchObject({
      areaCode: '41',
      number: '999990001',
      at: '2025-07-01T15:00:00.000Z',
      callId: 'M4050908070000012341',
      extension: '1001',
      duration: 42,
    });
    expect(attempts[1]).not.toHaveProperty('extension');
    expect(server.journal.at(-1)?.headers.authorization).toBe(
      `Basic ${Buffer.from('finaz:vicidial-s3nha').toString('base64')}`,
    );
    expect(server.journal.at(-1)?.query.get('list_id[]')).toBe('101');
  });

  test('let the outcomes of the company override those of the profile', async () => {
    const { adapter } = await start(undefined, {
      dialerResults: { outcomes: { PROMESSA: 'answered', NI: null } },
    });
    const { outcomeOf } = feature(adapter, 'dialerResults');
    expect([outcomeOf('promessa'), outcomeOf('NI'), outcomeOf('DNC')]).toEqual([
      'answered',
      'unknown',
      'blocked',
    ]);
  });
});

test('credentials are checked by a request that changes nothing', async () => {
  const { adapter, server } = await start();
  await adapter.checkCredentials?.(createTestContext());
  expect(server.journal.map(({ query }) => query.get('function'))).toEqual(['campaigns_list']);
});
