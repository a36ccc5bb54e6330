import { afterEach, expect, test } from 'vitest';
import {
  startThreeCPlus,
  type ThreeCPlusOptions,
  type ThreeCPlusSimulator,
} from '../../src/simulators/index.ts';

let vendor: ThreeCPlusSimulator | undefined;
afterEach(() => vendor?.close());

async function start(options?: ThreeCPlusOptions) {
  const started = await startThreeCPlus(options);
  vendor = started;
  return {
    vendor: started,
    ask: (method: string, path: string, json?: unknown, token = started.token) =>
      fetch(`${started.url}/api/v1${path}`, {
        method,
        headers: {
          Authorization: `Bearer ${token}`,
          ...(json !== undefined && { 'Content-Type': 'application/json' }),
        },
        redirect: 'manual',
        ...(json !== undefined && { body: JSON.stringify(json) }),
      }),
  };
}

const items = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    phone: `419${String(index).padStart(8, '0')}`,
    identifier: `crm-${index}`,
    data: {},
  }));

test('numbers that the campaign has already are dropped: silently by mailing.json, counted by mailing_sync.json', async () => {
  const { vendor: server, ask } = await start();
  expect(await (await ask('POST', '/campaigns/42/lists', { name: 'Finaz' })).json()).toMatchObject({
    data: { id: 901 },
  });
  const accepted = await ask('POST', '/campaigns/42/lists/901/mailing.json', [
    ...items(2),
    ...items(1),
  ]);
  expect([accepted.status, await accepted.text()]).toEqual([204, '']);
  const counted = await ask('POST', '/campaigns/42/lists/901/mailing_sync.json', items(3));
  expect(await counted.json()).toMatchObject({
    data: {
      imported: { quantity: 1 },
      filtered: { details: [{ motive: 'duplicated' }, { motive: 'duplicated' }] },
    },
  });
  expect(server.state.lists[0]?.items).toHaveLength(3);
});

test('a table of 300 rows is taken, and one of 301 is refused', async () => {
  const { ask } = await start();
  await ask('POST', '/campaigns/42/lists', { name: 'Finaz' });
  const table = (count: number) => ({
    header: ['identifier', 'areacodephone'],
    mailing: items(count).map(({ phone, identifier }) => [identifier, phone]),
  });
  expect((await ask('POST', '/campaigns/42/lists/901/mailing', table(301))).status).toBe(422);
  expect(await (await ask('POST', '/campaigns/42/lists/901/mailing', table(300))).json()).toEqual({
    imported_lines: 300,
  });
});

test('numbers are deleted by DELETE with a JSON body', async () => {
  const { vendor: server, ask } = await start();
  await ask('POST', '/campaigns/42/lists', { name: 'Finaz' });
  await ask('POST', '/campaigns/42/lists/901/mailing.json', items(2));
  expect(
    (await ask('DELETE', '/campaigns/42/mailing/delete', { phone: ['41900000000'] })).status,
  ).toBe(204);
  expect(server.state.lists[0]?.items.map(({ phone }) => phone)).toEqual(['41900000001']);
});

test('calls come in pages with their total, with status 8 and its cause, and with types that change from row to row', async () => {
  const { vendor: server, ask } = await start();
  await ask('POST', '/campaigns/42/lists', { name: 'Finaz' });
  await ask('POST', '/campaigns/42/lists/901/mailing.json', [
    { phone: '41999990010', identifier: 'a' },
    { phone: '41999990020', identifier: 'b' },
    { phone: '41999990011', identifier: 'c' },
  ]);
  server.dial('42');
  const query =
    'start_date=2020-01-01 00:00:00&end_date=2099-01-01 00:00:00&per_page=2&with_mailing=true';
  const first = await (await ask('GET', `/calls?${query}&page=1`)).json();
  expect(first).toMatchObject({
    data: [
      {
        status_id: 8,
        hangup_cause: 17,
        agent: '-',
        agent_id: 0,
        mailing_data: { identifier: 'a' },
      },
      { status_id: '8', hangup_cause: '19', agent_id: '0' },
    ],
    meta: { pagination: { total_pages: 2 } },
  });
  expect(await (await ask('GET', `/calls?${query}&page=2`)).json()).toMatchObject({
    data: [{ status_id: 7, agent_id: 77 }],
  });
});

test('a transfer takes two steps with the token of the agent, and is refused with the token of the company', async () => {
  const { vendor: server, ask } = await start();
  await ask('POST', '/click2call', { extension: '1001', phone: '41999990001' });
  expect((await ask('POST', '/agent/consult', { consultedId: 78 })).status).toBe(403);
  const own = server.state.agents[0]?.token;
  expect((await ask('POST', '/agent/consult', { consultedId: 78 }, own)).status).toBe(204);
  expect((await ask('POST', '/agent/consult/transfer', {}, own)).status).toBe(204);
  expect([...server.state.telephony.calls.values()][0]?.transferredTo).toBe('78');
});

test('a file is read in the charset of its part, and its columns are named in a second step', async () => {
  const { vendor: server, ask } = await start();
  const form = new FormData();
  form.set(
    'mailing',
    new Blob([Buffer.from('crm-1;41999990001;"Conceição; Zé"\r\n', 'latin1')], {
      type: 'text/csv; charset=iso-8859-1',
    }),
    'c.csv',
  );
  form.set('delimiter', ';');
  const upload = await fetch(`${server.url}/api/v1/campaigns/42/mailing`, {
    method: 'POST',
    body: form,
    headers: { Authorization: `Bearer ${server.token}` },
  });
  expect(upload.status).toBe(202);
  const made = await ask('POST', '/campaigns/42/lists', {
    file_name: 'mailing-42-1.csv',
    header: ['identifier', 'areacodephone', 'name'],
  });
  expect(made.status).toBe(201);
  expect(server.state.lists[0]?.items[0]?.data['name']).toBe('Conceição; Zé');
});
