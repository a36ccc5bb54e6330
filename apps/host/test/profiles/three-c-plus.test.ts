import { featureNames } from '@finaz-telephony/core/host';
import { startThreeCPlus, type ThreeCPlusOptions } from '@finaz-telephony/testing/simulators';
import { afterEach, describe, expect, it } from 'vitest';
import { jsonOf, PlacedShape, ProblemShape } from '../support/json.ts';
import { ContactsShape, mailing } from '../support/mailings.ts';
import { people, startProfileHost, type ProfileHost } from '../support/profile-host.ts';

let host: ProfileHost | undefined;
afterEach(() => host?.stop());

async function start(options: ThreeCPlusOptions = {}, own: Readonly<Record<string, unknown>> = {}) {
  const vendor = await startThreeCPlus(options);
  const [first, second] = vendor.state.agents;
  const started = await startProfileHost(
    vendor,
    {
      profile: 'three-c-plus',
      baseUrl: `${vendor.url}/api/v1`,
      variables: { token: '${secret:manager}' },
      operators: {
        '1001': { id: '77', token: '${secret:agent1001}' },
        '1002': { id: '78', token: '${secret:agent1002}' },
      },
      ...own,
    },
    featureNames,
    { manager: vendor.token, agent1001: first?.token ?? '', agent1002: second?.token ?? '' },
  );
  host = started;
  return { host: started, vendor };
}

const call = { queue: '42', extension: '1001', areaCode: '41', number: '99999-8888' };
const numbered = (index: number) => `419${String(80_000_000 + index)}`;

describe('3C Plus through the host', () => {
  it("places a call, follows the redirect to its recording, and transfers the call with the agent's own token", async () => {
    const { host: on, vendor } = await start({ recordingRedirects: true });
    const { callId } = await jsonOf(await on.tenant('/calls', { json: call }), PlacedShape);
    expect(callId).toBe('66a1b2c3d4e5f60000001');
    const recording = await on.tenant(`/recordings/${callId}`);
    expect(recording.status).toBe(200);
    expect(Buffer.from(await recording.arrayBuffer()).toString('latin1', 0, 4)).toBe('RIFF');
    const handed = await on.tenant('/transfers', {
      json: { queue: '42', extension: '1001', destination: '1002' },
    });
    expect(handed.status).toBe(200);
    expect(vendor.journal.at(-1)?.headers.authorization).toBe('Bearer agente-1001-s3nha');
    const outside = await on.tenant('/transfers', {
      json: { queue: '42', extension: '1001', destination: '4133330000' },
    });
    expect(outside.status).toBe(400);
    expect(await jsonOf(outside, ProblemShape)).toMatchObject({
      code: 'invalid_input',
      delivery: 'not_sent',
    });
  });

  it('accepts a call that is answered with 204, without a call id', async () => {
    const { host: on } = await start({ tellsNoCallId: true });
    const placed = await on.tenant('/calls', { json: call });
    expect(placed.status).toBe(201);
    expect((await jsonOf(placed, PlacedShape)).callId).toBeNull();
  });

  it('loads 650 phones in batches of at most 300 after making the list, and reports the contact whose phones were all dropped', async () => {
    const { host: on, vendor } = await start();
    vendor.state.import(vendor.state.addList('42', 'de outros'), [
      { phone: numbered(649), identifier: 'x', data: {} },
      { phone: numbered(648), identifier: 'x', data: {} },
      { phone: numbered(0), identifier: 'x', data: {} },
    ]);
    const contacts = Object.fromEntries(
      Array.from({ length: 325 }, (_, index) => [
        `crm-${index}`,
        [numbered(index * 2), numbered(index * 2 + 1)],
      ]),
    );
    const id = await on.load('42', people(contacts));
    expect(await mailing(on, id)).toMatchObject({
      state: 'active',
      total: 325,
      sent: 324,
      failed: 1,
      inDoubt: 0,
      missing: 0,
    });
    const failed = await jsonOf(
      await on.tenant(`/mailings/${id}/contacts?state=failed`),
      ContactsShape,
    );
    expect(failed.contacts).toMatchObject([
      { contactId: 'crm-324', vendor: { code: 'refused', vendor: { message: 'duplicated' } } },
    ]);
    const batches = vendor.journal.filter(({ path }) => path.endsWith('/mailing_sync.json'));
    const sizes = batches.map(({ text }) => text.split('"identifier"').length - 1);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(300);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(650);
    expect(batches).toHaveLength(3);
    const order = vendor.journal.map(
      ({ method, path }) => `${method} ${path.replace(/^.*\/campaigns\/42/, '')}`,
    );
    expect(order[1]).toBe('POST /lists');
    expect(order.at(-1)).toBe('PUT /lists/902/updateWeight');
    expect(vendor.state.lists.find(({ id: list }) => list === 902)).toMatchObject({
      weight: 1,
      items: { length: 647 },
    });
  });

  it('clears only the phones of the load before, by DELETE with a JSON body', async () => {
    const { host: on, vendor } = await start();
    await on.load('42', people({ 'crm-1': [numbered(1), numbered(2)], 'crm-2': [numbered(3)] }));
    vendor.state.import(vendor.state.addList('42', 'de outros'), [
      { phone: numbered(9), identifier: 'x', data: {} },
    ]);
    const id = await on.load('42', people({ 'crm-1': [numbered(1)] }));
    expect(await mailing(on, id)).toMatchObject({ state: 'active', sent: 1, failed: 0 });
    const deletes = vendor.journal.filter(({ method }) => method === 'DELETE');
    expect(deletes.map(({ path, text }) => [path, text])).toEqual([
      [
        '/api/v1/campaigns/42/mailing/delete',
        `{"phone":["${numbered(1)}","${numbered(2)}","${numbered(3)}"]}`,
      ],
    ]);
    expect(vendor.state.lists.map(({ items }) => items.map(({ phone }) => phone))).toEqual([
      [],
      [numbered(9)],
      [numbered(1)],
    ]);
  });

  it('reads the results of contacts: status 8 by its cause, and "-" and 0 as no agent', async () => {
    const { host: on, vendor } = await start();
    await on.load(
      '42',
      people({
        'crm-1': ['41999990001'],
        'crm-2': ['41999990010'],
        'crm-3': ['41999990030'],
        'crm-4': ['41999990040'],
      }),
    );
    vendor.dial('42');
    const { result } = await on.results('42');
    expect(
      result?.attempts.map(({ contactId, outcome, extension }) => [contactId, outcome, extension]),
    ).toEqual([
      ['crm-1', 'answered', '1001'],
      ['crm-2', 'busy', undefined],
      ['crm-3', 'invalid_number', undefined],
      ['crm-4', 'voicemail', undefined],
    ]);
  });

  it('tests the load of one contact in a list of its own, which is not dialed', async () => {
    const { host: on, vendor } = await start();
    const [contact] = people({ 'crm-1': ['41999990001'] });
    const tried = await on.tenant('/connections/vendor/test', {
      json: { feature: 'contactLoad', input: { queue: '42', contact } },
    });
    expect(await tried.json()).toMatchObject({ ok: true });
    expect(vendor.state.lists).toMatchObject([{ weight: 0, items: [{ identifier: 'crm-1' }] }]);
  });

  it.each(['iso-8859-1', 'utf-8'])(
    'loads a file in %s with ";", CRLF and quotes where needed, and the vendor reads the same text',
    async (charset) => {
      const { host: on, vendor } = await start({}, { contactLoad: byFile(charset) });
      const names = ['João "Zé" Conceição; filho', 'Antônia Ñáéç'];
      const named = people({ 'crm-1': ['41999990001'], 'crm-2': ['41999990002'] }).map(
        (contact, index) => ({ ...contact, name: names[index] ?? '' }),
      );
      const id = await on.load('42', named);
      expect(await mailing(on, id)).toMatchObject({
        state: 'active',
        sent: 2,
        failed: 0,
        inDoubt: 0,
      });
      const [list] = vendor.state.lists;
      expect(list?.items.map(({ identifier, data }) => [identifier, data['nome']])).toEqual([
        ['crm-1', 'João "Zé" Conceição; filho'],
        ['crm-2', 'Antônia Ñáéç'],
      ]);
      const written =
        'crm-1;41999990001;"João ""Zé"" Conceição; filho"\r\ncrm-2;41999990002;Antônia Ñáéç\r\n';
      const file = vendor.journal.find(({ path }) => path.endsWith('/mailing'));
      expect(
        file?.body.includes(Buffer.from(written, charset === 'utf-8' ? 'utf8' : 'latin1')),
      ).toBe(true);
    },
  );
});

/** The vendor's other way to load contacts: a file, then the names of its columns. */
const byFile = (charset: string) => ({
  unit: 'file',
  rejected: null,
  prepare: null,
  deactivate: null,
  request: { url: '/campaigns/{{ queue }}/mailing', body: null },
  file: {
    columns: [
      { value: '{{ contactId }}' },
      { value: '{{ areaCode1 }}{{ number1 }}' },
      { value: '{{ name }}' },
    ],
    charset,
    field: 'mailing',
    fields: { delimiter: ';', has_header: 'false' },
    contentType: `text/csv; charset=${charset}`,
  },
  capture: { fileName: '{{ reply.file_name }}' },
  activate: [
    {
      request: {
        method: 'POST',
        url: '/campaigns/{{ queue }}/lists',
        body: {
          form: {
            file_name: '{{ captures.fileName }}',
            name: 'Finaz',
            'header[]': ['identifier', 'areacodephone', 'nome'],
          },
        },
      },
    },
  ],
});
