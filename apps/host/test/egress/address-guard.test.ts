import { describe, expect, it } from 'vitest';
import { createAddressGuard } from '../../src/egress/address-guard.ts';
import type { Resolve } from '../../src/egress/name-lookups.ts';
import { failureOf, httpVendor, startEgress } from './egress-under-test.ts';

const familyOf = (address: string) => (address.includes(':') ? 6 : 4);

/** A resolver that gives these addresses in turn, the last one for good, and counts how often it is asked. */
function answering(...answers: readonly (readonly string[])[]) {
  const asked: string[] = [];
  const resolve: Resolve = (hostname) => {
    const answer = answers[Math.min(asked.length, answers.length - 1)] ?? [];
    asked.push(hostname);
    return Promise.resolve(answer.map((address) => ({ address, family: familyOf(address) })));
  };
  return { asked, resolve };
}

const inside = [
  '127.0.0.1',
  '127.255.255.254',
  '169.254.169.254',
  '168.63.129.16',
  '100.64.0.1',
  '100.100.100.200',
  '10.0.0.1',
  '10.255.255.255',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.0.1',
  '192.0.0.192',
  '192.0.2.1',
  '192.88.99.1',
  '198.18.0.1',
  '0.0.0.0',
  '0.1.2.3',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::7f00:1',
  '::a9fe:a9fe',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '::ffff:0:127.0.0.1',
  '64:ff9b::7f00:1',
  '64:ff9b:1::7f00:1',
  '100::1',
  '2001::1',
  '2001::',
  '2001:db8::1',
  '2002:7f00:1::',
  '2002:a9fe:a9fe::1',
  '2620:4f:8000::1',
  '3fff::1',
  'fc00::1',
  'fd00:ec2::254',
  'fe80::1',
  'fec0::1',
  'ff02::1',
];

const disguised = [
  'http://2130706433/',
  'http://0177.0.0.1/',
  'http://017700000001/',
  'http://0x7f.1/',
  'http://0X7F000001/',
  'http://127.1/',
  'http://127.0.1/',
  'http://127.0.0.1./',
  'http://0/',
  'http://%31%32%37.0.0.1/',
  'http://127。0。0。1/',
  'http://１２７.０.０.１/',
  'http://①②⑦.⓪.⓪.①/',
  'http://[0:0:0:0:0:0:0:1]/',
  'http://[::FFFF:127.0.0.1]/',
  'http://[::FfFf:7F00:1]/',
  'http:127.0.0.1/',
  String.raw`http:\\127.0.0.1\ `,
  'https://127.0.0.1:8443/',
];

describe('a URL whose host is an internal or reserved address', () => {
  const literals = inside.map((address) =>
    address.includes(':') ? `http://[${address}]/` : `http://${address}/`,
  );

  it.each([...literals, ...disguised])(
    '%s is refused with nothing sent and no name looked up',
    async (url) => {
      const { asked, resolve } = answering(['8.8.8.8']);
      const egress = startEgress({}, { allow: [], resolve });
      const error = await failureOf(egress.fetch(url));
      expect(error).toMatchObject({
        code: 'address_blocked',
        delivery: 'not_sent',
        retryable: false,
      });
      expect(error.hint).toContain('EGRESS_ALLOW');
      expect(asked).toEqual([]);
      expect(egress.records).toMatchObject([{ status: null, errorCode: 'address_blocked' }]);
    },
  );
});

describe('a host name', () => {
  it.each(inside)(
    'is refused with nothing sent if it resolves to the internal or reserved address %s',
    async (address) => {
      const { asked, resolve } = answering([address]);
      const egress = startEgress({}, { allow: [], resolve });
      const error = await failureOf(egress.fetch('http://pabx.example/'));
      expect(error).toMatchObject({
        code: 'address_blocked',
        delivery: 'not_sent',
        retryable: false,
      });
      expect(asked).toEqual(['pabx.example']);
      expect(egress.records).toMatchObject([{ status: null, errorCode: 'address_blocked' }]);
    },
  );

  it.each(['fe80::1%eth0', '2606:4700::1%lo', 'not an address', ''])(
    'is refused if the resolver answers with anything but a plain address: %j',
    async (address) => {
      const { resolve } = answering([address]);
      const error = await failureOf(
        startEgress({}, { allow: [], resolve }).fetch('http://h.example/'),
      );
      expect(error).toMatchObject({ code: 'address_blocked', delivery: 'not_sent' });
    },
  );

  it.each(['http://localhost/', 'http://LOCALHOST/', 'http://localhost./'])(
    'is not reached if the real resolver leads it to this machine: %s',
    async (url) => {
      const error = await failureOf(startEgress({}, { allow: [] }).fetch(url));
      expect(error.delivery).toBe('not_sent');
      // A resolver may not know the name with the dot at its end: then no address is dialled either.
      expect(['address_blocked', 'network']).toContain(error.code);
    },
  );

  it('is dialled only at the permitted one of its two addresses', async () => {
    const good = await httpVendor((_request, response) => response.end('good'));
    const bad = await httpVendor(
      (_request, response) => response.end('bad'),
      '127.0.0.2',
      good.port,
    );
    const { resolve } = answering(['127.0.0.2', '127.0.0.1'], ['127.0.0.1', '127.0.0.2']);
    const egress = startEgress({}, { allow: ['127.0.0.1/32'], resolve });
    for (const name of ['first.example', 'second.example']) {
      const response = await egress.fetch(`http://${name}:${good.port}/`);
      expect(await response.text()).toBe('good');
    }
    expect(good.sockets).toHaveLength(2);
    expect(bad.sockets).toHaveLength(0);
  });

  it('is checked and dialled by the same lookup, and refused once a later lookup leads to a forbidden address', async () => {
    const good = await httpVendor((_request, response) => {
      response.setHeader('Connection', 'close');
      response.end('good');
    });
    const bad = await httpVendor(
      (_request, response) => response.end('bad'),
      '127.0.0.2',
      good.port,
    );
    const { asked, resolve } = answering(['127.0.0.1'], ['127.0.0.2']);
    const egress = startEgress({}, { allow: ['127.0.0.1/32'], resolve });
    const url = `http://rebinding.example:${good.port}/`;
    expect(await (await egress.fetch(url)).text()).toBe('good');
    // One answer both checked and dialled: there is no second question between the two.
    expect(asked).toHaveLength(1);
    expect(await failureOf(egress.fetch(url))).toMatchObject({ code: 'address_blocked' });
    expect(asked).toHaveLength(2);
    expect(bad.sockets).toHaveLength(0);
  });
});

it.each(['8.8.8.8', '200.160.2.3', '2001:4860:4860::8888', '2804:14c::1'])(
  'a public internet address is permitted, as a literal and by name: %s',
  async (address) => {
    const { resolve } = answering([address]);
    const guard = createAddressGuard([], resolve);
    const isV6 = familyOf(address) === 6;
    expect(() =>
      guard.checkUrl(new URL(`https://${isV6 ? `[${address}]` : address}/`)),
    ).not.toThrow();
    const found = await new Promise((done) => {
      guard.lookupFor('1042')('pabx.example', {}, (...answer) => done(answer));
    });
    expect(found).toEqual([null, address, familyOf(address)]);
  },
);

describe('EGRESS_ALLOW', () => {
  it.each([['127.0.0.0/8'], ['127.0.0.1'], ['127.0.0.1/32']])(
    'set to %s permits 127.0.0.1, also when the URL writes it as 0x7f.1',
    async (allow) => {
      const vendor = await httpVendor((_request, response) => response.end('ok'));
      const egress = startEgress({}, { allow: [allow] });
      expect(await (await egress.fetch(`${vendor.url}/`)).text()).toBe('ok');
      expect(await (await egress.fetch(`http://0x7f.1:${vendor.port}/`)).text()).toBe('ok');
    },
  );

  it.each([
    'http://127.0.0.2/',
    'http://10.0.0.1/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::1]/',
    'http://[64:ff9b::7f00:1]/',
  ])('set to 127.0.0.1/32 leaves %s refused', async (url) => {
    const egress = startEgress({}, { allow: ['127.0.0.1/32'] });
    expect(await failureOf(egress.fetch(url))).toMatchObject({ code: 'address_blocked' });
  });

  describe('set to fd00::1 and fd01::/16', () => {
    const allow = ['fd00::1', 'fd01::/16'];

    it.each(['fd00::1', 'fd01::1', 'fd01:ffff::9'])(
      'permits %s, as a literal and by name',
      async (address) => {
        const guard = createAddressGuard(allow, answering([address]).resolve);
        expect(() => guard.checkUrl(new URL(`http://[${address}]/`))).not.toThrow();
        const found = await new Promise((done) => {
          guard.lookupFor('1042')('pabx.example', {}, (...answer) => done(answer));
        });
        expect(found).toEqual([null, address, 6]);
      },
    );

    it.each(['fd00::2', 'fd02::1', '::1'])('leaves %s refused', async (address) => {
      const { resolve } = answering([address]);
      const egress = startEgress({}, { allow, resolve });
      for (const host of ['pabx.example', `[${address}]`])
        expect(await failureOf(egress.fetch(`http://${host}/`))).toMatchObject({
          code: 'address_blocked',
        });
    });
  });
});

describe('a URL that no telephone system can have', () => {
  it.each([
    'file:///etc/passwd',
    'ftp://pabx.example/',
    'data:text/plain,hello',
    'ws://pabx.example/',
    'javascript:alert(1)',
  ])('is refused because its scheme is not HTTP: %s', async (url) => {
    const egress = startEgress();
    expect(await failureOf(egress.fetch(url))).toMatchObject({
      code: 'address_blocked',
      delivery: 'not_sent',
      hint: expect.stringContaining('https://'),
    });
    expect(egress.records).toHaveLength(1);
  });

  it.each(['http://admin:s3nh4@127.0.0.1/', 'http://admin@127.0.0.1/', 'http://:s3nh4@127.0.0.1/'])(
    'is refused because it holds a user or password, which the error does not repeat: %s',
    async (url) => {
      const error = await failureOf(startEgress().fetch(url));
      expect(error).toMatchObject({ code: 'address_blocked', delivery: 'not_sent' });
      expect(`${error.message} ${error.hint}`).not.toMatch(/s3nh4|admin/);
    },
  );

  it.each([
    '',
    'pabx',
    '//pabx.example/',
    'http://',
    'http://1.2.3.4.5/',
    'http://[fe80::1%25eth0]/',
  ])('is an invalid configuration because it is not a complete, valid URL: %j', async (url) => {
    expect(await failureOf(startEgress().fetch(url))).toMatchObject({
      code: 'invalid_config',
      delivery: 'not_sent',
      hint: expect.stringContaining('preview'),
    });
  });
});

describe('the error of a refused URL', () => {
  it.each([
    'http://127.0.0.1/segredo/41999998888?cpf=52998224725',
    'http://pabx.example/segredo/41999998888?cpf=52998224725',
    'file:///segredo/41999998888?cpf=52998224725',
    'http://u:segredo@h.example/segredo/41999998888?cpf=52998224725',
    'not a url/segredo/41999998888?cpf=52998224725',
  ])('contains neither path nor query of the URL: %s', async (url) => {
    const { resolve } = answering(['10.0.0.1']);
    const error = await failureOf(startEgress({}, { allow: [], resolve }).fetch(url));
    expect(`${error.message} ${error.hint}`).not.toMatch(/segredo|41999998888|cpf|52998224725/);
    expect(error.hint).toBeDefined();
  });
});
