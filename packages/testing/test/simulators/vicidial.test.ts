import { afterEach, expect, test } from 'vitest';
import {
  startVicidial,
  type VicidialOptions,
  type VicidialSimulator,
} from '../../src/simulators/index.ts';

let vendor: VicidialSimulator | undefined;
afterEach(() => vendor?.close());

async function start(options?: VicidialOptions) {
  const started = await startVicidial(options);
  vendor = started;
  const ask = async (script: string, parameters: Readonly<Record<string, string>>) => {
    const query = new URLSearchParams({
      source: 'crm',
      user: started.user,
      pass: started.pass,
      ...parameters,
    });
    const response = await fetch(`${started.url}${script}?${query.toString()}`);
    return { status: response.status, text: await response.text() };
  };
  const basic = `Basic ${Buffer.from(`${started.user}:${started.pass}`).toString('base64')}`;
  return {
    vendor: started,
    basic,
    agent: (parameters: Readonly<Record<string, string>>) => ask('/agc/api.php', parameters),
    admin: (parameters: Readonly<Record<string, string>>) =>
      ask('/vicidial/non_agent_api.php', parameters),
  };
}

const dial = {
  function: 'external_dial',
  agent_user: '6001',
  value: '41999990001',
  phone_code: '55',
};
const status = { function: 'agent_status', agent_user: '6001', stage: 'csv', header: 'YES' };

test('a failed login answers 200 and repeats user and password, and ten of them lock the user out', async () => {
  const { admin } = await start();
  const wrong = { function: 'campaigns_list', pass: 'wr0ng' };
  expect(await admin(wrong)).toEqual({
    status: 200,
    text: 'ERROR: Login incorrect, please try again: |finaz|wr0ng|BAD|\n',
  });
  for (let tries = 1; tries < 10; tries += 1) await admin(wrong);
  expect((await admin({ function: 'campaigns_list' })).text).toBe(
    'ERROR: Too many login attempts, try again in 15 minutes: |finaz|LOCK|\n',
  );
});

test('after a manual dial the status shows the previous call, then no id, then the new call', async () => {
  const { agent, admin } = await start();
  await agent(dial);
  for (let polls = 0; polls < 3; polls += 1) await admin(status);
  await agent({ ...dial, value: '41999990002' });
  const rows = [];
  for (let polls = 0; polls < 3; polls += 1)
    rows.push((await admin(status)).text.split('\n')[1]?.split(','));
  expect(rows.map((row) => [row?.[1], row?.[10]])).toEqual([
    ['M4050908070000012341', '41999990001'],
    ['', ''],
    ['M4050908070000012342', '41999990002'],
  ]);
});

test('an unknown in-group gives a notice before the success', async () => {
  const { agent } = await start();
  const { text } = await agent({ ...dial, dial_ingroup: 'NONE' });
  expect(text.split('\n').map((line) => line.split(' - ')[0])).toEqual([
    'NOTICE: defined dial_ingroup not found',
    'SUCCESS: external_dial function set',
    '',
  ]);
});

test('a loaded lead is reported in a tab-separated export with CRLF and Latin-1, and a duplicate is refused', async () => {
  const { vendor: server, admin, basic } = await start();
  const added = await admin({
    function: 'add_lead',
    list_id: '101',
    phone_number: '41999990001',
    vendor_lead_code: 'crm-1',
    first_name: 'José',
  });
  expect(added.text).toMatch(
    /^SUCCESS: add_lead LEAD HAS BEEN ADDED - 41999990001\|finaz\|101\|193715\|-3\n$/,
  );
  const again = await admin({
    function: 'add_lead',
    list_id: '101',
    phone_number: '41999990001',
    duplicate_check: 'DUPLIST',
  });
  expect(again.text).toBe(
    'ERROR: add_lead DUPLICATE PHONE NUMBER IN LIST - 41999990001|101|193715\n',
  );
  await server.dial('101');
  const day = new Intl.DateTimeFormat('sv-SE', { timeZone: 'America/Sao_Paulo' }).format();
  const response = await fetch(
    `${server.url}/vicidial/call_report_export.php?query_date=${day}&end_date=${day}&list_id[]=101&header_row=YES`,
    { headers: { Authorization: basic } },
  );
  const body = Buffer.from(await response.arrayBuffer());
  expect(response.headers.get('content-type')).toBe('application/octet-stream');
  const [header, row, end] = body
    .toString('latin1')
    .split('\r\n')
    .map((line) => line.split('\t'));
  expect(end).toEqual(['']);
  expect(row?.[header?.indexOf('vendor_lead_code') ?? -1]).toBe('crm-1');
  expect(row?.[header?.indexOf('first_name') ?? -1]).toBe('José');
  expect(body.includes(Buffer.from([0xe9]))).toBe(true);
});

test('without the right to delete, leads stay although the answer says that the list was updated', async () => {
  const { vendor: server, admin } = await start({ mayDeleteLeads: false });
  await admin({ function: 'add_lead', list_id: '101', phone_number: '41999990001' });
  const { text } = await admin({ function: 'update_list', list_id: '101', delete_leads: 'Y' });
  expect(text).toBe(
    'SUCCESS: update_list LIST HAS BEEN UPDATED - finaz|101\nNOTICE: update_list USER DOES NOT HAVE PERMISSION TO DELETE LEADS - finaz|0\n',
  );
  expect(server.state.leads).toHaveLength(1);
});

test('the list loader takes a file and hides its counts in a long page', async () => {
  const { vendor: server, basic } = await start();
  const form = new FormData();
  form.set('leadfile', new Blob(['crm-1,,,55,41999990001\ncrm-2,,,55,12\n']), 'leads.csv');
  form.set('list_id_override', '101');
  const response = await fetch(`${server.url}/vicidial/admin_listloader_fifth_gen.php`, {
    method: 'POST',
    body: form,
    headers: { Authorization: basic },
  });
  const page = await response.text();
  expect(page).toMatch(/Done<\/B> GOOD: 1 .* BAD: 1 .* TOTAL: 2/);
  expect(page.length).toBeGreaterThan(4000);
  expect(server.state.leads.map(({ vendorLeadCode }) => vendorLeadCode)).toEqual(['crm-1']);
});

test('a recording is found by agent and day, and fetched from the address in the answer', async () => {
  const { vendor: server, agent, admin } = await start({ pollsUntilPlaced: 1 });
  await agent(dial);
  await admin(status);
  const info = await admin({
    function: 'callid_info',
    call_id: 'M4050908070000012341',
    detail: 'YES',
    stage: 'csv',
  });
  const day = info.text.split(',')[2]?.slice(0, 10) ?? '';
  const found = await admin({
    function: 'recording_lookup',
    agent_user: '6001',
    date: day,
    stage: 'tab',
  });
  const location = found.text.trim().split('\t').at(-1) ?? '';
  const audio = await fetch(location);
  expect(Buffer.from(await audio.arrayBuffer()).toString('latin1', 0, 4)).toBe('RIFF');
  expect(server.journal.at(-1)?.path).toMatch(/^\/RECORDINGS\//);
});
