import { describe, expect, it, onTestFinished } from 'vitest';
import { folderWithAdapter } from '../support/adapter-package.ts';
import { startHostProcess } from '../support/cli-process.ts';
import { foundIn, planted } from '../support/discretion.ts';
import { createHostPlace } from '../support/host-place.ts';
import { sendMailing } from '../support/mailings.ts';
import { startTestHost, tenantDocument, type TestHost } from '../support/test-host.ts';

/** An adapter whose features throw errors with a debtor's name in each of their texts. For a call, the caller chooses what happens. */
const indiscreet = `(settings) => {
  const name = ${JSON.stringify(planted.name)};
  const bad = () => Object.assign(new TypeError('no debtor ' + name + '\\n    at ' + name, { cause: new Error(name) }), { row: { who: name } });
  const fail = async () => { throw bad(); };
  const cycle = {};
  cycle.cycle = cycle;
  const marker = Symbol.for('finaz-telephony.error');
  const does = {
    throw: fail,
    throwText: async () => { throw name; },
    logNumber: ({ phone }, { logger }) => logger.info({ phone: Number(phone.areaCode + phone.number), big: 1n }, 'dialing'),
    logCycle: (_, { logger }) => logger.info(cycle, 'dialing'),
    logError: (_, { logger }) => logger.error({ err: bad() }, 'dialing'),
    learn: async (_, context) => {
      context.conceal('learnt-token-7');
      const words = 'refused, learnt-token-7';
      throw Object.assign(new Error(words), { [marker]: true, code: 'refused', hint: words, delivery: 'answered', retryable: false, vendor: { message: words, excerpt: words } });
    },
  };
  return {
    checkCredentials: settings.token && (async () => {
      throw Object.assign(new Error('wrong'), { [marker]: true, code: 'auth_failed', delivery: 'answered', vendor: { message: settings.token + ' is wrong' } });
    }),
    diagnose: async function* () { throw bad(); },
    features: {
      click2call: async (input, context) => { await does[input.parameters.do](input, context); return { callId: 'acme-1' }; },
      transfer: fail, recording: fail, contactClear: async () => ({}), answeredCall: fail,
      contactLoad: { unit: 'contact', repeatable: false, send: fail },
      dialerResults: { read: async function* () { throw bad(); }, outcomeOf: () => undefined },
    },
  };
}`;

const number = { areaCode: planted.areaCode, number: planted.number };
/** Mailings and results are worked on in the background, which takes a while. */
const patient = { timeout: 60_000 };
const operator = { queue: '7', extension: '1001' };

async function hostWithAdapter(settings = {}): Promise<TestHost> {
  const folder = await folderWithAdapter(indiscreet);
  const host = await startTestHost({
    folder,
    environment: { ADAPTERS: 'acme-adapter' },
    secrets: { acmeToken: 'acme-token-of-the-tests' },
  });
  onTestFinished(() => host.stop());
  const document = {
    ...tenantDocument(host.vendor.url),
    connections: { dialer: { adapter: 'acme', settings } },
  };
  const saved = await host.tenant('?check=skip', { method: 'PUT', json: document });
  expect(saved.status).toBe(200);
  return host;
}

const call = (host: TestHost, what: string) =>
  host.tenant('/calls', { json: { ...operator, ...number, parameters: { do: what } } });

describe('a thrown error', () => {
  it('of an adapter is logged with its company and connection', async () => {
    const host = await hostWithAdapter();
    expect((await call(host, 'throw')).status).toBe(500);
    expect(
      host.logged.find((line) => line.includes('an adapter failed without saying why')),
    ).toMatch(/"tenant":"1042","connection":"dialer"/);
  });

  it('of an adapter is logged with its place in the code, and its message appears in no answer or log', async () => {
    const host = await hostWithAdapter();
    const trial = {
      feature: 'click2call',
      input: { ...operator, ...number, parameters: { do: 'throw' } },
    };
    const contact = { contactId: '7001', name: planted.name, cpf: planted.cpf, phones: [number] };
    const id = await sendMailing(host, [contact]);
    await expect
      .poll(async () => (await host.tenant(`/mailings/${id}`)).text(), patient)
      .toContain('"inDoubt":1');
    const answers = await Promise.all([
      call(host, 'throw'),
      call(host, 'throwText'),
      host.tenant('/transfers', { json: { ...operator, destination: '1002' } }),
      host.tenant('/recordings/acme-1'),
      fetch(`${host.url}/callbacks/1042/dialer`),
      host.tenant('/connections/dialer/doctor', { method: 'POST' }),
      host.tenant('/connections/dialer/test', { json: trial }),
      host.tenant('/connections/dialer/preview', { json: trial }),
      host.tenant(`/mailings/${id}/contacts`),
      host.tenant(`/mailings/${id}/deactivate`, { method: 'POST' }),
    ]);
    const told = (await Promise.all(answers.map((answer) => answer.text()))).join('\n');
    expect(foundIn(told)).toEqual([]);
    await expect
      .poll(() => host.logged.join(''), patient)
      .toContain('results could not be fetched');
    const failures = host.logged.filter((line) => line.includes('an adapter failed'));
    expect(foundIn(host.logged.join(''))).toEqual([]);
    expect(failures.length).toBeGreaterThanOrEqual(9);
    const places = failures.filter((line) => /"TypeError".*acme-adapter\/index\.js:\d+/.test(line));
    expect(places).toHaveLength(failures.length - 1);
  });

  it('of an adapter is shown without a token that the adapter learnt, and without secrets that the vendor repeats', async () => {
    const host = await hostWithAdapter({ token: '${secret:acmeToken}' });
    const problem = await (await call(host, 'learn')).text();
    expect(problem).toContain('refused, ***');
    expect(problem).not.toContain('learnt-token-7');
    const document = await (await host.tenant('')).text();
    const saved = await host.tenant('', { method: 'PUT', body: document, headers: asJson });
    const refusal = await saved.text();
    expect(refusal).toContain('*** is wrong');
    expect(refusal).not.toContain('acme-token-of-the-tests');
  });

  it('that nobody catches, outside any adapter, ends the host, and its message is not logged', async () => {
    const place = await createHostPlace();
    onTestFinished(() => place.remove());
    const thrower = 'process.on("SIGUSR2",()=>{throw new Error(process.env.WHO)})';
    const host = await startHostProcess({
      ...place.variables,
      WHO: planted.name,
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(thrower)}`,
    });
    expect(await host.signal('SIGUSR2')).toBe(1);
    expect(host.stdout()).toMatch(/"err":\{"type":"Error","stack":.*the host ends/);
    expect(foundIn(host.stdout() + host.stderr())).toEqual([]);
  });
});

describe('a failure of an adapter that nobody catches', () => {
  it.each([
    ['a promise', 'void Promise.reject(new Error(process.env.WHO))'],
    ['a promise of a text', 'void Promise.reject(process.env.WHO)'],
    ['a timer', 'setTimeout(() => { throw new Error(process.env.WHO); })'],
  ])('does not end the host, and its message is not logged: %s', async (_what, leave) => {
    const place = await createHostPlace();
    onTestFinished(() => place.remove());
    const folder = await folderWithAdapter(
      `(process.on('SIGUSR2', () => { ${leave}; }), () => ({ features: {} }))`,
    );
    const host = await startHostProcess(
      { ...place.variables, ADAPTERS: 'acme-adapter', WHO: planted.name },
      folder,
    );
    void host.signal('SIGUSR2');
    await expect.poll(() => host.stdout(), patient).toContain('The host goes on');
    expect((await fetch(`${host.url}/healthz`)).status).toBe(200);
    expect(foundIn(host.stdout() + host.stderr())).toEqual([]);
    expect(await host.signal('SIGTERM')).toBe(0);
  });
});

const asJson = { 'Content-Type': 'application/json' };

describe('a log line of an adapter', () => {
  it.each([
    ['logNumber', '"adapter":{"phone":"419***","big":"1"}'],
    ['logCycle', '"adapter":"[cannot be written as JSON]"'],
    ['logError', '"adapter":{"err":{"type":"TypeError","stack":"'],
  ])('contains no personal data, and does not make the call fail: %s', async (what, shown) => {
    const host = await hostWithAdapter();
    expect((await call(host, what)).status).toBe(201);
    expect(host.logged.join('')).toContain(shown);
    expect(foundIn(host.logged.join(''))).toEqual([]);
  });
});
