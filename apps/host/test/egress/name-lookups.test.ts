import { expect, it, onTestFinished, vi } from 'vitest';
import { createNameLookups, type Resolve } from '../../src/egress/name-lookups.ts';
import { httpVendor, startEgress } from './egress-under-test.ts';

const here = [{ address: '127.0.0.1', family: 4 }];

/** A system whose name servers answer for all names but those that begin with "dead". */
function nameServers() {
  const asked: string[] = [];
  const waiting: (() => void)[] = [];
  const resolve: Resolve = (hostname) => {
    asked.push(hostname);
    return hostname.startsWith('dead')
      ? new Promise((give) => waiting.push(() => give(here)))
      : Promise.resolve(here);
  };
  return { asked, resolve, answerDead: () => waiting.splice(0).forEach((answer) => answer()) };
}

it('eight connections that need the same name share one lookup, and a connection to another name does not wait for it', async () => {
  const vendor = await httpVendor((_, response) => response.end('ok'));
  const { asked, resolve, answerDead } = nameServers();
  const { fetch } = startEgress({}, { resolve });
  const { port } = new URL(vendor.url);
  const ask = (name: string) =>
    fetch(`http://${name}.example:${port}/`).then((response) => response.text());
  const calls = Promise.allSettled(Array.from({ length: 8 }, () => ask('dead')));
  await expect.poll(() => asked).toEqual(['dead.example']);
  // A lookup of another name does not wait for the dead one.
  expect(await ask('alive')).toBe('ok');
  answerDead();
  const answered = { status: 'fulfilled', value: 'ok' };
  expect(await calls).toEqual(Array.from({ length: 8 }, () => answered));
  expect(asked).toEqual(['dead.example', 'alive.example']);
});

it('a connection that is opened later looks the name up anew, because the telephone system may have moved', async () => {
  const vendor = await httpVendor((_, response) => {
    response.setHeader('Connection', 'close').end('ok');
  });
  const { asked, resolve } = nameServers();
  const { fetch } = startEgress({}, { resolve });
  for (const asking of [['pbx.example'], ['pbx.example', 'pbx.example']]) {
    expect(await (await fetch(`http://pbx.example:${vendor.port}/`)).text()).toBe('ok');
    expect(asked).toEqual(asking);
  }
});

it('a company has at most four lookups at once, so that other companies need not wait, not even for the same name', async () => {
  const { asked, resolve, answerDead } = nameServers();
  const lookups = createNameLookups(resolve);
  const ofOne = Promise.allSettled(
    Array.from({ length: 12 }, (_, index) => lookups('1042')(`dead-${index}.example`)),
  );
  const alsoOfOne = Promise.allSettled([lookups('1042')('shared.example')]);
  await expect.poll(() => asked.length).toBe(4);
  // The first company's lookup of the same name still waits for its turn; the second company does not wait with it.
  expect(await lookups('2077')('shared.example')).toEqual(here);
  expect(asked.length).toBe(5);
  const askedOnceAnswered = () => {
    answerDead();
    return asked.length;
  };
  await expect.poll(askedOnceAnswered).toBe(14);
  answerDead();
  const found = { status: 'fulfilled', value: here };
  expect(await ofOne).toEqual(Array.from({ length: 12 }, () => found));
  expect(await alsoOfOne).toEqual([found]);
});

it('a lookup without an answer fails as an unresolved name after four seconds, before the connection times out', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const given = Promise.allSettled([
    createNameLookups(nameServers().resolve)('1042')('dead.example'),
  ]);
  vi.advanceTimersByTime(4000);
  expect(await given).toMatchObject([{ status: 'rejected', reason: { code: 'EAI_AGAIN' } }]);
});
