import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startVendorServer } from '@finaz-telephony/testing';
import { describe, expect, it } from 'vitest';
import { foundIn, planted } from './support/discretion.ts';
import { isIn, sendMailing, until } from './support/mailings.ts';
import { hurry, placeCall, startTestHost, tenantDocument } from './support/test-host.ts';

const contact = {
  contactId: '7001',
  name: planted.name,
  cpf: planted.cpf,
  phones: [{ areaCode: planted.areaCode, number: planted.number }],
};
const call = { queue: '7', extension: '1001', areaCode: planted.areaCode, number: planted.number };

describe('personal or secret data', () => {
  it('is found in every form by the search that these tests use', () => {
    expect(foundIn('num=41999998888')).toHaveLength(1);
    expect(foundIn('99999-8888 and Plantada+Devedora, 529.982.247-25, vendor-token')).toHaveLength(
      4,
    );
    expect(foundIn('+55 41 *****-8888')).toEqual([]);
  });

  it('appears in no log, metric, error, exchange log or file, whatever the vendor answers', async () => {
    const host = await startTestHost();
    const answers: string[] = [];
    const keep = async (response: Promise<Response>) => answers.push(await (await response).text());
    await placeCall(host);
    await hurry(host);
    for (const kind of ['echo', 'html', 'hang', 'reset', 'brokenJson', 'deepJson'] as const) {
      host.vendor.faults.next('*', { kind }, 1);
      await keep(host.tenant('/calls', { json: { ...call, extension: '1002' } }));
      host.vendor.faults.next('*', { kind }, 1);
      await keep(
        host.tenant('/connections/dialer/test', {
          json: { feature: 'contactLoad', input: { queue: '7', contact } },
        }),
      );
    }
    await keep(
      host.tenant('/connections/dialer/test', {
        json: { feature: 'contactLoad', input: { queue: '7', contact } },
      }),
    );
    await keep(host.tenant('/connections/dialer/test', { json: {} }));
    await keep(host.tenant('/calls', { json: { ...call, number: `${planted.number}9` } }));
    await keep(
      host.tenant('/calls', {
        method: 'POST',
        body: `{"number":"${planted.number}`,
        headers: { 'Content-Type': 'application/json' },
      }),
    );
    await keep(
      host.tenant('/transfers', {
        json: {
          queue: '7',
          extension: '1001',
          destination: `${planted.areaCode}${planted.number}`,
        },
      }),
    );
    const event = `pid=7001&num=${planted.areaCode}${planted.number}&cid=d-1&ramal=1001`;
    await keep(fetch(`${host.url}/telephony-proxy/atendimentodiscador?${event}&empresaId=1042`));
    await keep(fetch(`${host.url}/telephony-proxy/atendimentodiscador?${event}&empresaId=9`));
    await keep(fetch(`${host.url}/nowhere?${event}&name=${encodeURIComponent(planted.name)}`));
    await keep(host.tenant('/exchanges?limit=1000'));
    await keep(fetch(`${host.url}/metrics`));
    expect(foundIn(answers.join('\n'))).toEqual([]);
    expect(foundIn(host.logged.join('\n'))).toEqual([]);
    for (const name of readdirSync(host.dataDir)) {
      expect({ name, found: foundIn(readFileSync(join(host.dataDir, name), 'latin1')) }).toEqual({
        name,
        found: [],
      });
    }
    await host.stop();
  });

  it('is not logged with the address of a webhook whose receiver is down', async () => {
    const away = await startVendorServer();
    await away.close();
    const webhook = { url: `${away.url}/hook?key=${planted.token}`, secret: '${secret:hook}' };
    const host = await startTestHost({
      secrets: { hook: 'a secret of 24 characters' },
      document: { inbound: { allowFrom: ['127.0.0.1/32'], webhook } },
    });
    const event = `pid=7001&num=${planted.areaCode}${planted.number}&cid=d-1&ramal=1001`;
    await fetch(`${host.url}/telephony-proxy/atendimentodiscador?${event}&empresaId=1042`);
    await expect
      .poll(() => host.logged.find((line) => line.includes('a webhook was not delivered')))
      .toMatch(/"reason":"(?!.*vendor-token).*"mend":"Check .* whether the CRM's server is up/);
    await host.stop();
  });

  it('is masked if a document holds it in plain text, and saving the document warns of it', async () => {
    const host = await startTestHost();
    const document = tenantDocument(host.vendor.url);
    const { settings } = document.connections.dialer;
    const token = host.vendor.token;
    Object.assign(settings, {
      variables: { agentPass: token },
      headers: { Authorization: `Bearer ${token}` },
      click2call: { request: { url: '/ping', query: { q: 'x{{ variables.agentPass }}' } } },
    });
    const saved = await host.tenant('', { method: 'PUT', json: document });
    expect(await saved.json()).toMatchObject({
      warnings: [
        expect.stringMatching(/^connections\.dialer\.settings\.variables\.agentPass looks like/),
        expect.stringMatching(/^connections\.dialer\.settings\.headers\.Authorization looks like/),
      ],
    });
    expect((await host.tenant('/calls', { json: call })).status).toBe(201);
    const log = await (await host.tenant('/exchanges')).text();
    expect(log).toContain('/ping?q=x***');
    await host.stop();
  });

  it('is not repeated in the refusal of an invalid request', async () => {
    const host = await startTestHost();
    const number = Number(`${planted.areaCode}${planted.number}`);
    const results = { queue: '7', from: planted.name, to: planted.name };
    const answers = await Promise.all([
      host.tenant('/calls', { json: { ...call, parameters: planted.name } }),
      host.tenant('/calls', { json: { ...call, number } }),
      host.tenant('/calls/x/settle', { json: { state: planted.name } }),
      host.tenant('/secrets/x', { method: 'PUT', json: planted.token }),
      host.tenant('/secrets/x', { method: 'PUT', json: { value: [planted.token] } }),
      host.tenant('/connections/dialer/preview', {
        json: { feature: 'dialerResults', input: results },
      }),
      host.tenant('', { method: 'PUT', json: { id: '1042', name: [planted.name] } }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 400));
    expect(foundIn((await Promise.all(answers.map((one) => one.text()))).join('\n'))).toEqual([]);
    const stranger = `/callbacks/${encodeURIComponent(planted.name)}/dialer`;
    expect((await fetch(`${host.url}${stranger}`)).status).toBe(403);
    expect(host.logged.join('')).toContain('unknown company');
    await host.stop();
  });

  it('is hidden in the exchange log if a caller sends it as a parameter, whatever the vendor calls the field', async () => {
    const host = await startTestHost();
    const document = tenantDocument(host.vendor.url);
    const { settings } = document.connections.dialer;
    const query = { field1: '{{ parameters.about }}' };
    for (const { request } of [settings.click2call, settings.transfer, settings.contactLoad])
      Object.assign(request, { query });
    const saved = await host.tenant('', { method: 'PUT', json: document });
    expect(saved.status).toBe(200);
    const parameters = { about: planted.name, priority: 5 };
    const operator = { queue: '7', extension: '1001', parameters };
    expect((await host.tenant('/calls', { json: { ...call, parameters } })).status).toBe(201);
    await host.tenant('/transfers', { json: { ...operator, destination: '1002' } });
    const id = await sendMailing(host, [{ ...contact, parameters }]);
    await until(host, id, isIn('active'));
    await host.tenant('/connections/dialer/test', {
      json: { feature: 'contactLoad', input: { queue: '7', contact: { ...contact, parameters } } },
    });
    const sent = host.vendor.requests.filter(
      ({ query: asked }) => asked.get('field1') === planted.name,
    );
    expect(new Set(sent.map(({ path }) => path)).size).toBe(3);
    const log = await (await host.tenant('/exchanges?limit=1000')).text();
    expect(foundIn(log)).toEqual([]);
    await host.stop();
  });

  it('is hidden in the exchange log for each contact of a batch', async () => {
    const host = await startTestHost();
    const document = tenantDocument(host.vendor.url);
    const query = { field1: "{{ items | map: 'name' }}" };
    Object.assign(document.connections.dialer.settings, {
      contactLoad: { unit: 'batch', request: { url: '/ping', query } },
    });
    expect((await host.tenant('', { method: 'PUT', json: document })).status).toBe(200);
    const other = { ...contact, contactId: '7002', name: 'Outro Devedor' };
    const id = await sendMailing(host, [contact, other]);
    expect(await until(host, id, isIn('active'))).toMatchObject({ sent: 2 });
    const sent = host.vendor.requests.findLast(({ path }) => path === '/ping');
    expect(sent?.query.getAll('field1')).toEqual([planted.name, other.name]);
    const log = await (await host.tenant('/exchanges?limit=1000')).text();
    expect(log).toContain('/ping?field1=');
    expect(foundIn(log)).toEqual([]);
    expect(log).not.toMatch(/Outro/);
    await host.stop();
  });

  it('is hidden in the exchange log in the forms that template filters make of it', async () => {
    const host = await startTestHost();
    const document = tenantDocument(host.vendor.url);
    const query = {
      a: '{{ name | ascii | upper | replace: " ", "_" }}',
      b: '{{ name | truncate: 14 }}',
      c: "{{ name | split: ' ' | first }}",
      d: '{{ name | upper | urlEncode }}',
      e: '{{ number1 | mask: "####-####" }}',
      f: '{{ phone1 | phone: "number", "withoutNinthDigit" }}',
      g: '{{ cpf | number }}',
    };
    const contactLoad = { request: { method: 'POST', url: '/ping', query } };
    Object.assign(document.connections.dialer.settings, { contactLoad });
    expect((await host.tenant('', { method: 'PUT', json: document })).status).toBe(200);
    const name = 'Conceição Ávila';
    const phones = [
      { areaCode: '41', number: '33334444' },
      { areaCode: planted.areaCode, number: planted.number },
    ];
    const id = await sendMailing(host, [{ ...contact, name, phones, cpf: '01234567890' }]);
    await until(host, id, isIn('active'));
    const log = await (await host.tenant('/exchanges?limit=1000')).text();
    const [sent = ''] = /ping\?a=[^"' ]*/.exec(log) ?? [];
    expect(sent).toBe('ping?a=***_***&b=***&c=***&d=***&e=***&f=***&g=***');
    await host.stop();
  });

  it('is hidden if a vendor repeats it while refusing a contact or a contact file', async () => {
    const host = await startTestHost();
    const words = `{{ variables.token }} refuses ${planted.name}`;
    const rejected = { rows: '["7001"]', contactId: '{{ row }}', message: words };
    const file = { line: 'ID;Nome;CPF', header: false };
    const refusing = [
      { unit: 'batch', request: { url: '/ping' }, rejected },
      { unit: 'file', request: { method: 'POST', url: '/queues/{{ queue }}/contacts.csv' }, file },
    ];
    host.vendor.faults.next('contactFile', { kind: 'echo' });
    for (const contactLoad of refusing) {
      const document = tenantDocument(host.vendor.url);
      Object.assign(document.connections.dialer.settings, {
        variables: { token: '${secret:vendorToken}' },
        contactLoad,
      });
      expect(await (await host.tenant('', { method: 'PUT', json: document })).text()).toContain(
        '"id"',
      );
      const id = await sendMailing(host, [contact]);
      await expect
        .poll(async () => (await host.tenant(`/mailings/${id}`)).text(), { timeout: 60_000 })
        .toMatch(/"(?:failed|inDoubt)":1|"state":"stopped"/);
      const shown = await Promise.all(
        ['', '/contacts'].map(async (path) => (await host.tenant(`/mailings/${id}${path}`)).text()),
      );
      expect(foundIn(shown.join('\n'))).toEqual([]);
    }
    const log = await (await host.tenant('/exchanges?limit=1000')).text();
    expect(log).toContain('Login incorrect');
    expect(foundIn(log)).toEqual([]);
    await host.stop();
  });

  it('is hidden in the exchange log when the vendor is asked about contacts in doubt', async () => {
    const host = await startTestHost();
    const document = tenantDocument(host.vendor.url);
    const { settings } = document.connections.dialer;
    const contactLoad = {
      ...settings.contactLoad,
      repeatable: false,
      find: {
        request: { url: '/ping', query: { field1: "{{ items | map: 'name' }}" } },
        rows: 'reply.found',
        contactId: '{{ row.id }}',
      },
    };
    Object.assign(document.connections.dialer, {
      settings: { ...settings, contactLoad },
      limits: { timeout: 1 },
    });
    expect((await host.tenant('?check=skip', { method: 'PUT', json: document })).status).toBe(200);
    host.vendor.faults.next('contactLoad', { kind: 'reset' }, 1);
    await sendMailing(host, [contact, { ...contact, contactId: '7002' }]);
    const asked = () => host.vendor.requests.findLast(({ path }) => path === '/ping');
    // The host leaves the contact in doubt alone for some seconds first.
    await expect
      .poll(() => asked()?.query.getAll('field1'), { timeout: 60_000 })
      .toEqual([planted.name]);
    const log = async () => (await host.tenant('/exchanges?limit=1000')).text();
    await expect.poll(log).toContain('/ping?field1=');
    expect(foundIn(await log())).toEqual([]);
    await host.stop();
  });
});
