import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { AnyObject, jsonOf, ProblemShape, TimelineShape } from '../support/json.ts';
import { startTestHost, type TestHost, type TestHostOptions } from '../support/test-host.ts';

let host: TestHost;
beforeAll(async () => {
  host = await startTestHost();
});
afterAll(() => host.stop());

/** A host for one test alone, with a company of its own or effects that other tests must not notice. */
async function ownHost(options?: TestHostOptions): Promise<TestHost> {
  const own = await startTestHost(options);
  onTestFinished(() => own.stop());
  return own;
}

/** A host whose company accepts events only from an address that is not ours. */
const strictHost = (): Promise<TestHost> =>
  ownHost({ document: { inbound: { allowFrom: ['203.0.113.0/24'] } } });

const hostWithScreen = (screenPop: string): Promise<TestHost> =>
  ownHost({ document: { inbound: { allowFrom: ['127.0.0.1'], screenPop } } });

const server = '/telephony-proxy/atendimentodiscador';
const browser = '/telephony-proxy/atendimentoreceptivo';
const good = 'pid=7001&num=41999998888&cid=d-1&ramal=1001&empresaId=1042';

const tell = (path: string, init: RequestInit = {}) =>
  fetch(`${host.url}${path}`, { redirect: 'manual', ...init });

async function eventsOf(callId: string): Promise<number> {
  const response = await host.tenant(`/calls/${callId}`);
  if (response.status === 404) return 0;
  const { entries } = await jsonOf(response, TimelineShape);
  return entries.filter(({ kind }) => kind === 'answered').length;
}

describe("the vendor's server", () => {
  it('gets 200 with the event id in a small JSON body, and the event is recorded', async () => {
    const response = await tell(`${server}?${good}`);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      status: 'ok',
      eventId: expect.any(String),
      repeated: false,
    });
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await eventsOf('d-1')).toBe(1);
  });

  it('may repeat an event: the answer has the same event id, and the call is recorded once', async () => {
    const first = await jsonOf(await tell(`${server}?${good.replace('d-1', 'd-2')}`), AnyObject);
    const second = await tell(`${server}?${good.replace('d-1', 'd-2')}`);
    expect(second.status).toBe(200);
    expect(await second.json()).toEqual({ ...first, repeated: true });
    expect(await eventsOf('d-2')).toBe(1);
  });

  it.each([
    ['the small L of the print', 'pid=7001&num=41999998888&cid=CALL&ramal=1001&empresald=1042'],
    ['any letter case', 'PID=7001&Num=41999998888&CID=CALL&RAMAL=1001&EMPRESAID=1042'],
    ['the blank behind num', 'pid=7001&num=41999998888%20&cid=CALL&ramal=1001&empresaId=1042'],
    ['a plus for the blank', 'pid=7001&num=41999998888+&cid=CALL&ramal=1001&empresaId=1042'],
    [
      'punctuation in the number',
      'pid=7001&num=(41)+99999-8888&cid=CALL&ramal=1001&empresaId=1042',
    ],
    [
      'the same value twice',
      'pid=7001&num=41999998888&cid=CALL&ramal=1001&empresaId=1042&empresald=1042',
    ],
    [
      'other parameters beside',
      'pid=7001&num=41999998888&cid=CALL&ramal=1001&empresaId=1042&campanha=x',
    ],
  ])('may write %s', async (what, query) => {
    const callId = `d-${what.length}-${what.slice(0, 3)}`.replaceAll(' ', '-');
    const response = await tell(`${server}?${query.replace('CALL', callId)}`);
    expect(response.status).toBe(200);
    expect(await eventsOf(callId)).toBe(1);
  });

  it('may give a call an id in braces', async () => {
    const callId = '{3F2504E0-4F89-11D3-9A0C-0305E82C3301}';
    expect((await tell(`${server}?${good.replace('d-1', callId)}`)).status).toBe(200);
    expect(await eventsOf(callId)).toBe(1);
  });

  it('may give the number as a SIP address, whose host is left out', async () => {
    const query = good.replace('num=41999998888', 'num=<sip:41999998888@10.0.0.5:5060>');
    expect((await tell(`${server}?${query.replace('d-1', 'd-sip')}`)).status).toBe(200);
    const { entries } = await jsonOf(await host.tenant('/calls/d-sip'), TimelineShape);
    expect(entries).toMatchObject([{ event: { number: '41999998888' } }]);
  });

  it.each([
    ['pid=7001&cid=x-1&ramal=1001&empresaId=1042', ['num']],
    ['', ['pid', 'num', 'cid', 'ramal', 'empresaId']],
    [
      'pid=--A--vendor_lead_code--B--&num=41999998888&cid=x-1&ramal={ramal}&empresaId=1042',
      ['pid', 'ramal'],
    ],
    ['pid=undefined&num=41999998888&cid=NULL&ramal=null&empresaId=1042', ['pid', 'cid', 'ramal']],
    [
      'pid=None&num=41999998888&cid=(null)&ramal=NaN&empresaId=undefined',
      ['pid', 'cid', 'ramal', 'empresaId'],
    ],
    ['pid=7001&num=<num>&cid=x-1&ramal=1001&empresaId=1042', ['num']],
    ['pid=7001&num=abc&cid=x-1&ramal=1001&empresaId=1042', ['num']],
    ['pid=7001&num=41999998888&cid=%00&ramal=1001&empresaId=1042', ['cid']],
    ['pid=7001&num=41999998888&cid=%ff&ramal=1001&empresaId=1042', ['cid']],
    ['pid=7001&num=41999998888&cid=x-1&ramal=1001&empresaId=1042&empresald=2', ['empresaId']],
    ['pid=7001&num=41999998888&cid=x-1&cid=x-2&ramal=1001&empresaId=1042', ['cid']],
    ['num=41&num=42&num=41&cid=x-1&empresaId=1042', ['num', 'pid', 'ramal']],
    ['num=41999998888&cid=%00&ramal=%ff&empresaId=!', ['ramal', 'pid', 'cid', 'empresaId']],
  ])('gets 400 and the name of each wrong parameter: %s', async (query, parameters) => {
    const response = await tell(`${server}?${query}`);
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    const problem = await jsonOf(response, ProblemShape);
    expect(problem.code).toBe('invalid_input');
    expect(problem.errors?.map(({ parameter }) => parameter)).toEqual(parameters);
    expect(await eventsOf('x-1')).toBe(0);
  });

  it.each(['anonymous', 'Desconhecido', ''])(
    'gets an error that names num alone, because the number has no digit: %s',
    async (num) => {
      const response = await tell(`${server}?pid=1&num=${num}&cid=x-1&ramal=1&empresaId=1042`);
      const { errors } = await jsonOf(response, ProblemShape);
      expect(errors).toEqual([{ parameter: 'num', message: expect.stringContaining('no digit') }]);
    },
  );

  it('records nothing by HEAD, POST or a prefetch', async () => {
    const query = good.replace('d-1', 'h-1');
    expect((await tell(`${server}?${query}`, { method: 'HEAD' })).status).toBe(405);
    const post = await tell(`${server}?${query}`, { method: 'POST' });
    expect(post.status).toBe(405);
    expect(post.headers.get('allow')).toBe('GET');
    for (const header of ['Sec-Purpose', 'Purpose', 'X-Moz']) {
      expect(
        (await tell(`${browser}?${query}`, { headers: { [header]: 'prefetch;prerender' } })).status,
      ).toBe(425);
    }
    expect(await eventsOf('h-1')).toBe(0);
  });
});

describe('an event that cannot be used', () => {
  const query = 'num=41999998888&cid=u-1&ramal=1001';

  it.each([
    ['lacks a parameter', `${server}?pid=%3Cpid%3E&${query}&empresaId=1042`, {}, 'pid is missing'],
    [
      'has one twice',
      `${browser}?${query}&ramal=1002&empresald=1042`,
      {},
      'ramal is given twice with different values',
    ],
    ['is told with POST', `${server}?${query}&empresaId=1042`, { method: 'POST' }, 'with GET'],
    ['has a stroke too many', `${server}/?pid=7001&${query}&empresaId=1042`, {}, 'its address'],
    [
      'has its address in capitals',
      `/telephony-proxy/AtendimentoDiscador?pid=7001&${query}&empresaId=1042`,
      {},
      'its address',
    ],
  ])(
    'is logged with its company and the reason, without number or call id: it %s',
    async (...row) => {
      const [, path, init, reason] = row;
      const own = await ownHost();
      expect((await fetch(`${own.url}${path}`, init)).ok).toBe(false);
      const told = own.logged.filter((line) => line.includes('an event was refused'));
      expect(told).toHaveLength(1);
      expect(told[0]).toContain('"tenant":"1042"');
      expect(told[0]).toContain(reason);
      expect(told[0]).not.toMatch(/41999998888|u-1/);
    },
  );

  it('is answered with the existing addresses if its own address does not exist', async () => {
    const response = await tell(`${server}/?${query}`);
    expect(response.status).toBe(404);
    const { hint } = await jsonOf(response, ProblemShape);
    expect(hint).toContain('/telephony-proxy/atendimentodiscador or');
  });
});

describe('a stranger', () => {
  it('cannot tell an unknown company from a foreign address, a wrong token, or a feature that is off', async () => {
    const strict = await strictHost();
    const off = await ownHost({ document: { features: { click2call: 'dialer' } } });
    const token = await ownHost({
      document: { inbound: { allowFrom: ['127.0.0.1/32'], token: '${secret:inboundToken}' } },
      secrets: { inboundToken: 'right-token' },
    });
    const asked = [
      fetch(`${host.url}${server}?${good.replace('1042', '9999')}`),
      fetch(`${strict.url}${server}?${good}`),
      fetch(`${off.url}${server}?${good}`),
      fetch(`${token.url}${server}?${good}`),
      fetch(`${token.url}${server}?${good}&token=wrong`),
      fetch(`${token.url}/callbacks/9999/dialer`),
    ];
    const answers = await Promise.all(asked);
    const bodies = await Promise.all(
      answers.map(async (answer) => ({ ...(await jsonOf(answer, AnyObject)), requestId: '' })),
    );
    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403, 403]);
    for (const body of bodies) expect(body).toEqual(bodies[0]);
    expect(strict.logged.join('')).toContain('not in inbound.allowFrom');
    expect(token.logged.join('')).toContain('wrong token');
    expect((await fetch(`${token.url}${server}?${good}&token=right-token`)).status).toBe(200);
  });
});

describe('the test address for vendors', () => {
  it('refuses what an event is refused for: an unknown company, no company, or HEAD', async () => {
    const welcome = await tell('/telephony-proxy/teste?empresald=1042');
    expect(welcome.status).toBe(200);
    expect(await welcome.json()).toEqual({ status: 'ok' });
    expect((await tell('/telephony-proxy/teste?empresaId=4711')).status).toBe(403);
    expect((await tell('/telephony-proxy/teste')).status).toBe(403);
    expect((await tell('/telephony-proxy/teste?empresaId=1042', { method: 'HEAD' })).status).toBe(
      405,
    );
  });
});

describe('a sender of many wrong events', () => {
  it('gets 429 with Retry-After, whereas 300 accepted events are not limited', async () => {
    const own = await ownHost();
    const ask = (query: string) => fetch(`${own.url}${server}?${query}`);
    const many = await Promise.all(
      Array.from({ length: 300 }, (_, index) => ask(good.replace('d-1', `m-${index}`))),
    );
    expect(many.every(({ status }) => status === 200)).toBe(true);
    const wrong = await Promise.all(Array.from({ length: 130 }, () => ask('pid=1')));
    expect(wrong.filter(({ status }) => status === 400).length).toBeGreaterThanOrEqual(100);
    const later = await Promise.all(Array.from({ length: 60 }, () => ask('pid=1')));
    const refused = later.find(({ status }) => status === 429);
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  });
});

describe('a sender of events of several companies at one address', () => {
  it.each([
    ['an unknown company', 'pid=1&num=41999998888&cid=x&ramal=1001&empresaId=4711'],
    [
      'another company, with unfilled placeholders',
      'pid=--A--pid--B--&num=1&cid=x&ramal=1001&empresaId=2000',
    ],
    ['no company at all', 'pid=1'],
  ])('is not blocked for one company by 600 refused events of %s', async (_, wrong) => {
    const own = await ownHost();
    const other = {
      id: '2000',
      name: 'Outra',
      inbound: { allowFrom: ['127.0.0.1'] },
      connections: { dialer: { adapter: 'generic-http', settings: { answeredCall: {} } } },
      features: { answeredCall: 'dialer' },
    };
    const saved = await own.ask('/v1/tenants/2000', { method: 'PUT', json: other });
    expect(saved.status).toBe(201);
    const ask = (query: string) => fetch(`${own.url}${server}?${query}`);
    for (let round = 0; round < 2; round += 1)
      await Promise.all(Array.from({ length: 300 }, () => ask(wrong)));
    expect((await ask(good)).status).toBe(200);
    // The same after a change of the company, which takes it out of memory.
    await own.tenant('/secrets/other', { method: 'PUT', json: { value: 'changed' } });
    expect((await ask(good.replace('d-1', 'd-2'))).status).toBe(200);
  });
});

describe("the operator's browser", () => {
  /** The address that the page refreshes to, resolved as a browser does, so that it also holds behind a proxy. */
  const leadsTo = (told: Response, from = host.url) =>
    new URL(told.headers.get('refresh')?.replace('0; url=', '') ?? '', `${from}${browser}`).href;

  it('sees a small page in Portuguese with escaped values if the company has no screen', async () => {
    const response = await tell(
      `${browser}?num=41999998888&cid=${encodeURIComponent('<b>"x"</b>')}1&ramal=1001&empresaId=1042`,
    );
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('no-store');
    const page = await response.text();
    expect(page).toContain('Ligação atendida');
    expect(page).toContain('&lt;b&gt;&quot;x&quot;&lt;/b&gt;1');
    expect(page).not.toContain('<b>');
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
  });

  it('reports the call once even if its window is reloaded, at an address without number or token', async () => {
    const own = await ownHost({
      document: {
        inbound: { allowFrom: ['127.0.0.1'], token: '${secret:aviso}', repeatWindow: 1 },
      },
      secrets: { aviso: 'token-of-the-events' },
    });
    const told = await fetch(
      `${own.url}${browser}?pid=7001&num=41999998888&cid=w-1&ramal=1001&empresaId=1042&token=token-of-the-events`,
    );
    expect(told.status).toBe(200);
    const page = leadsTo(told, own.url);
    // This address goes into the history of the browser.
    expect(page).not.toMatch(/41999998888|token/);
    const again = await Promise.all([page, page].map((address) => fetch(address)));
    expect(again.map(({ status }) => status)).toEqual([200, 200]);
    expect(await again[0]?.text()).toContain('<dt>Telefone</dt><dd>41999998888</dd>');
    const received = (await (await own.ask('/metrics')).text()).match(
      /^telephony_events_received_total.*$/gm,
    );
    expect(received).toEqual([
      'telephony_events_received_total{tenant="1042",source="browser",outcome="recorded"} 1',
    ]);
  });

  it('sees a call only with its event id, call id and company, and from a permitted address', async () => {
    const told = await tell(`${browser}?${good.replace('d-1', 'w-2')}`);
    const page = leadsTo(told);
    const wrong = [
      page.replace(/[\da-f]{12}\?/, '000000000000?'),
      page.replace('w-2', 'w-3'),
      page.replace('1042', '9999'),
    ];
    const answers = await Promise.all(
      wrong.map((address) => fetch(address, { headers: { accept: 'text/html' } })),
    );
    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403]);
    const pages = await Promise.all(answers.map((answer) => answer.text()));
    expect(pages[0]).toContain('Ligação não encontrada');
    expect(new Set(pages).size).toBe(1);
    expect((await fetch(page.replace('w-2', '%00'))).status).toBe(400);
    const strict = await strictHost();
    expect((await fetch(page.replace(host.url, strict.url))).status).toBe(403);
  });

  it("is redirected to the company's screen, with values escaped", async () => {
    const own = await hostWithScreen(
      'https://crm.example/atendimento?num={{ number }}&id={{ contactId }}&c={{ callId }}',
    );
    const response = await fetch(
      `${own.url}${browser}?num=41999998888&cid=a%26b%3Dc/..&ramal=1001&empresaId=1042`,
      { redirect: 'manual' },
    );
    expect(response.status).toBe(302);
    expect(response.headers.get('location')).toBe(
      'https://crm.example/atendimento?num=41999998888&id=&c=a%26b%3Dc%2F..',
    );
  });

  it('is redirected to a screen whose address has accents, or the trailing line break of a YAML block', async () => {
    const own = await hostWithScreen('https://crm.example/atenção/✓?num={{ number }}\n');
    const address = `${own.url}${browser}?num=41999998888&cid=w-9&ramal=1001&empresaId=1042`;
    const response = await fetch(address, { redirect: 'manual' });
    expect([response.status, response.headers.get('location')]).toEqual([
      302,
      'https://crm.example/aten%C3%A7%C3%A3o/%E2%9C%93?num=41999998888',
    ]);
  });

  it("sees the data of a call that lacks a value for the address of the company's screen, and the log says so", async () => {
    const own = await hostWithScreen('https://crm.example/contatos/{{ contactId }}');
    const address = `${own.url}${browser}?num=41999998888&cid=w-10&ramal=1001&empresaId=1042`;
    const response = await fetch(address, { redirect: 'manual' });
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('41999998888');
    expect(own.logged.filter((line) => line.includes('inbound.screenPop'))).toHaveLength(1);
    const known = await fetch(`${address}&pid=7001`, { redirect: 'manual' });
    expect(known.headers.get('location')).toBe('https://crm.example/contatos/7001');
  });
});

/** The Accept header of a browser that opens a page. */
const navigation =
  'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8';

describe("a refusal in the operator's browser", () => {
  const open = (url: string, query: string, accept = navigation, method = 'GET') =>
    fetch(`${url}${browser}?${query}`, { method, redirect: 'manual', headers: { accept } });

  it('is a page in Portuguese that says what is missing or wrong and what to do, without personal data', async () => {
    const personal = '41999998888';
    const response = await open(
      host.url,
      `pid=x&num=${personal}&num=4133334444&ramal={ramal}&cid=%ff&empresaId=a!b`,
    );
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toBe('text/html; charset=UTF-8');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('content-security-policy')).toBe(
      "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    );
    const page = await response.text();
    expect(page).toContain('<html lang="pt-BR">');
    for (const line of [
      '<dt>num</dt><dd>telefone: veio duas vezes, com valores diferentes</dd>',
      '<dt>ramal</dt><dd>ramal do operador: falta, está vazio ou não foi preenchido</dd>',
      '<dt>cid</dt><dd>código da ligação: tem caracteres que não podem ser lidos',
      '<dt>empresaId</dt><dd>código da empresa: não pode ser usado assim</dd>',
    ])
      expect(page).toContain(line);
    expect(page).toContain('avise quem administra o sistema de telefonia');
    expect(page).not.toContain(personal);
    expect(page).not.toMatch(/missing|invalid|placeholder/i);
  });

  it.each(['*/*', 'application/json', 'application/json, text/html;q=0.5', 'image/png', ''])(
    'stays a problem document for a client that prefers no page: %j',
    async (accept) => {
      const response = await open(host.url, 'num=1', accept);
      expect(response.status).toBe(400);
      expect(response.headers.get('content-type')).toBe('application/problem+json');
    },
  );

  it.each(['text/html', 'TEXT/HTML;q=1.0, */*;q=0.1', 'application/xhtml+xml', 'text/*'])(
    'is a page for a client that prefers one: %s',
    async (accept) => {
      const response = await open(host.url, 'num=1', accept);
      expect([response.status, response.headers.get('content-type')]).toEqual([
        400,
        'text/html; charset=UTF-8',
      ]);
    },
  );

  it('is the same page for an unknown company and for a foreign address', async () => {
    const strict = await strictHost();
    const answers = await Promise.all([
      open(host.url, good.replace('1042', '9999')),
      open(strict.url, good),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([403, 403]);
    const [unknown, foreign] = await Promise.all(answers.map((answer) => answer.text()));
    expect(unknown).toBe(foreign);
    expect(unknown).toContain('avise quem administra o Finaz Telephony');
  });

  it('says when to try again if too many requests were refused', async () => {
    const own = await ownHost();
    const asked = () => Promise.all(Array.from({ length: 100 }, () => open(own.url, 'num=1')));
    let refused: Response | undefined;
    for (let round = 0; round < 10 && !refused; round += 1)
      refused = (await asked()).find(({ status }) => status === 429);
    const wait = refused?.headers.get('retry-after');
    expect(await refused?.text()).toContain(`Tente de novo em ${wait} `);
  });

  it.each(['/telephony-proxy/AtendimentoReceptivo', `${browser}/`])(
    'is a page with the correct address if the address is misspelt, but a problem document for a server: %s',
    async (path) => {
      const misspelt = (accept: string) =>
        fetch(`${host.url}${path}?${good}`, { headers: { accept } });
      const [page, problem] = await Promise.all([misspelt(navigation), misspelt('*/*')]);
      expect([page.status, problem.status]).toEqual([404, 404]);
      expect(await page.text()).toContain('O correto é /telephony-proxy/atendimentoreceptivo');
      expect(problem.headers.get('content-type')).toBe('application/problem+json');
    },
  );

  it('is a page even if the method is not allowed', async () => {
    const response = await open(host.url, good, navigation, 'POST');
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET']);
    expect(await response.text()).toContain('<html lang="pt-BR">');
  });
});

describe('an adapter callback', () => {
  it('is recorded as an event; an unknown connection gets 403, and missing parameters get 400', async () => {
    const response = await tell(
      '/callbacks/1042/dialer/any/path?pid=7001&num=41999998888&cid=cb-1&ramal=1001',
    );
    expect(response.status).toBe(200);
    expect(await eventsOf('cb-1')).toBe(1);
    expect((await tell('/callbacks/1042/other?pid=7001')).status).toBe(403);
    const wrong = await tell('/callbacks/1042/dialer?pid=7001');
    expect(wrong.status).toBe(400);
    expect(await wrong.text()).toContain('is missing');
  });

  it.each(['HEAD', 'OPTIONS'])('by %s is refused and records nothing', async (method) => {
    const path = '/callbacks/1042/dialer?pid=7001&num=41999998888&cid=cb-2&ramal=1001';
    expect((await tell(path, { method })).status).toBe(405);
    expect(await eventsOf('cb-2')).toBe(0);
  });
});
