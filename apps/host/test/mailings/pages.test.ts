import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import * as v from 'valibot';
import { jsonOf, ProblemShape } from '../support/json.ts';
import { contacts, sendMailing } from '../support/mailings.ts';
import { startTestHost, type TestHost } from '../support/test-host.ts';

let host: TestHost;
beforeAll(async () => {
  host = await startTestHost();
});
afterAll(() => host.stop());

const PageShape = v.object({
  mailings: v.array(v.looseObject({ mailingId: v.string(), createdAt: v.string() })),
  next: v.nullable(v.string()),
});

async function idsInPages(of: TestHost, query: string): Promise<string[][]> {
  const pages: string[][] = [];
  for (let after = ''; ;) {
    const page = await jsonOf(await of.tenant(`/mailings?${query}${after}`), PageShape);
    pages.push(page.mailings.map(({ mailingId }) => mailingId));
    if (page.next === null) return pages;
    after = `&after=${page.next}`;
  }
}

it('the mailings of a company are listed in pages, each mailing once, even if another one arrives between two pages', async () => {
  // A host of its own, with no mailings but these.
  const own = await startTestHost();
  onTestFinished(() => own.stop());
  const queues = ['1', '2', '1', '2', '1'];
  // At once: some of them may be created in the same millisecond.
  const sent = await Promise.all(queues.map((queue) => sendMailing(own, contacts(1), queue)));
  const whole = (await idsInPages(own, 'limit=1000')).flat();
  expect(whole.toSorted()).toEqual(sent.toSorted());
  expect(await idsInPages(own, 'limit=2')).toEqual([
    whole.slice(0, 2),
    whole.slice(2, 4),
    whole.slice(4),
  ]);
  const ofQueue = await idsInPages(own, 'limit=1&queue=2');
  expect(new Set(ofQueue.flat())).toEqual(new Set([sent[1], sent[3]]));

  const first = await jsonOf(await own.tenant('/mailings?limit=2'), PageShape);
  const late = await sendMailing(own, contacts(1), '3');
  const second = await jsonOf(await own.tenant(`/mailings?limit=2&after=${first.next}`), PageShape);
  expect(second.mailings.map(({ mailingId }) => mailingId)).toEqual(whole.slice(2, 4));
  expect((await idsInPages(own, 'limit=3'))[0]?.[0]).toBe(late);
});

it.each(['0x10', '1e3', ' 1', '-1', '', '99999999999999999999'])(
  'a list refuses an "after" that no page has given: "%s"',
  async (after) => {
    const id = await sendMailing(host, contacts(1), '4');
    for (const list of ['', `/${id}/contacts`, `/${id}/rejects`, `/${id}/results`]) {
      const response = await host.tenant(`/mailings${list}?after=${encodeURIComponent(after)}`);
      expect(response.status).toBe(400);
      const { errors } = await jsonOf(response, ProblemShape);
      expect(errors?.[0]?.parameter).toBe('after');
    }
  },
);
