import {
  meaningOfStatus,
  TelephonyError,
  type AdapterContext,
  type ContactClearInput,
  type ContactLoad,
  type Features,
  type RejectedContact,
  type ReportedAttempt,
} from '@finaz-telephony/core';
import { describe, expect, it } from 'vitest';
import type { ConformanceVendor } from '../../src/conformance/subject.ts';
import { complaintOfFeatures, type Send } from './complaint-of.ts';

type Find = NonNullable<Features['contactLoad']['find']>;

const load = (send: Features['contactLoad']['send']) => () => ({
  contactLoad: {
    unit: 'batch',
    batch: { size: 50, weigh: () => 1 },
    repeatable: false,
    send,
  } as const,
});
const looking = (find: Find) => () => ({
  contactLoad: { ...load(async () => ({ rejected: [] }))().contactLoad, find },
});
/** A second ago: within a period that ends now. */
const anAttempt = (): ReportedAttempt => ({
  areaCode: '41',
  number: '999998888',
  at: new Date(Date.now() - 1000).toISOString(),
  outcome: 'answered',
  vendorStatus: 'OK',
});
/** A contact as the vendor has it after a sound load. */
const loaded = (
  digit: string,
  numbers: readonly string[] = [`419999900${digit}0`, `113333000${digit}`],
) => ({
  contactId: `conformance-${digit}`,
  numbers,
});
const report = (attempt: Partial<ReportedAttempt>) => () => ({
  dialerResults: {
    outcomeOf: (word: string) => (word === 'OK' ? ('answered' as const) : ('unknown' as const)),
    async *read() {
      yield { ...anAttempt(), ...attempt };
    },
  },
});

describe('the conformance suite', () => {
  it('fails a load that rejects a contact it was not given, rejects all, or reports an impossible number of taken contacts', async () => {
    const vendor = {};
    const foreign = load(async () => ({ rejected: [{ contactId: '1', vendor }] }));
    expect(await complaintOfFeatures('whether it was taken', foreign)).toMatch(
      /would count as loaded/,
    );
    const all = load(async ({ contacts }) => {
      const rejected = [];
      for await (const { contactId } of contacts) rejected.push({ contactId, vendor });
      return { rejected };
    });
    expect(await complaintOfFeatures('whether it was taken', all)).toMatch(
      /none of 3 valid contacts/,
    );
    for (const taken of [-1, 2, 16]) {
      const told = load(async () => ({ rejected: [], taken }));
      expect(await complaintOfFeatures('whether it was taken', told)).toMatch(
        `${taken} contacts are said to be taken, of 3 sent`,
      );
    }
  });

  it('fails a load that is sent again, or takes an HTML page for an answer', async () => {
    const twice = (send: Send) =>
      load(async (_, context) => {
        await send(context, '/queues/7/contacts').catch(() => send(context, '/queues/7/contacts'));
        return { rejected: [] };
      })();
    expect(await complaintOfFeatures('contactLoad is not repeated', twice)).toMatch(
      /2 requests for one load/,
    );
    const any = (send: Send) =>
      load(async (_, context) => {
        await send(context, '/queues/7/contacts');
        return { rejected: [] };
      })();
    expect(await complaintOfFeatures('contactLoad never mistakes', any)).toMatch(
      /ended as a success/,
    );
  });

  it('fails a load that counts as not taken because a request for its outcome fails', async () => {
    let count = 0;
    const polled = (send: Send) =>
      load(async (_, context) => {
        count += 1;
        const failed = meaningOfStatus(await send(context, '/queues/7/start'));
        if (failed) throw new TelephonyError({ ...failed, message: 'not known' });
        const looked = meaningOfStatus(await send(context, '/ping'));
        if (looked) throw new TelephonyError({ ...looked, message: 'not known' });
        return { rejected: [] };
      })();
    const vendor = { loadRequestCount: () => count };
    expect(
      await complaintOfFeatures('contactLoad is in doubt where it was accepted', polled, {
        vendor,
      }),
    ).toMatch(/had status 429, and delivery is answered/);
  });

  it('fails a clear that leaves a contact in the queue', async () => {
    const asked = 'leaves nobody of the last load';
    let there: readonly string[] = [];
    const clearing = (cleared: readonly string[]) => () => ({
      ...load(async ({ contacts }) => {
        for await (const { contactId } of contacts) there = [...there, contactId];
        return { rejected: [] };
      })(),
      async contactClear() {
        there = there.filter((id) => !cleared.includes(id));
        return {};
      },
    });
    const all = ['conformance-1', 'conformance-2', 'conformance-3'];
    const vendor = {
      loadedContacts: () => there.map((contactId) => ({ contactId, numbers: [] })),
    };
    expect(await complaintOfFeatures(asked, clearing(all), { vendor })).toBe('');
    expect(await complaintOfFeatures(asked, clearing(all.slice(1)), { vendor })).toMatch(
      /still has conformance-1: they would be called/,
    );
  });

  it('fails a clear that puts the name of a queue into an address without encoding it', async () => {
    const clearing = (written: (queue: string) => string) => (send: Send) => ({
      contactClear: async ({ queue }: ContactClearInput, context: AdapterContext) => {
        await send(context, `/queues/${written(queue)}/clear?all=1`);
        return {};
      },
    });
    const asked = 'encodes the names';
    expect(await complaintOfFeatures(asked, clearing(encodeURIComponent))).toBe('');
    expect(
      await complaintOfFeatures(
        asked,
        clearing((queue) => queue),
      ),
    ).toMatch(/contactClear of "7\/8\?a=1#b" requests an address with other parts/);
  });

  it('passes a recording that is looked for in a second place if the first has none', async () => {
    const archived = (send: Send) => ({
      async recording({ callId }: { readonly callId: string }, context: AdapterContext) {
        const id = encodeURIComponent(callId);
        await send(context, `/recordings/${id}`);
        if (callId === 'c-1') return new Response('audio');
        await send(context, `/archive/of/${id}?old=1`);
        throw new TelephonyError({ code: 'not_found', message: 'none' });
      },
    });
    const vendor = { recordings: () => ({ existing: 'c-1', missing: 'c-2' }) };
    expect(await complaintOfFeatures('encodes the names', archived, { vendor })).toBe('');
  });

  it('passes a load that would wait longer for an answer than the suite does', async () => {
    const patient = (send: Send) =>
      load(async (_, context) => {
        const slowly: AdapterContext = {
          ...context,
          fetch: (url, init) => context.fetch(url, { ...init, timeoutMs: 600_000 }),
        };
        await send(slowly, '/queues/7/contacts');
        return { rejected: [] };
      })();
    expect(await complaintOfFeatures('contactLoad is not repeated', patient)).toBe('');
  });

  it('fails a load that cannot read its contacts again after it had to log in', async () => {
    let there: readonly string[] = [];
    let isLoggedIn = true;
    const vendor = {
      loadedContacts: () => there.map((contactId) => ({ contactId, numbers: [] })),
      endLogins: () => {
        isLoggedIn = false;
      },
    };
    const sending = (readsAgain: boolean) =>
      load(async ({ contacts }) => {
        const iterator = contacts[Symbol.asyncIterator]();
        const once = { [Symbol.asyncIterator]: () => iterator };
        const upload = async () => {
          const given: string[] = [];
          for await (const { contactId } of readsAgain ? contacts : once) given.push(contactId);
          if (isLoggedIn) there = given;
          return isLoggedIn;
        };
        if (!(await upload())) {
          isLoggedIn = true;
          await upload();
        }
        return { rejected: [] };
      });
    const asked = 'brings all of its contacts even if the vendor has ended the login';
    expect(await complaintOfFeatures(asked, sending(true), { vendor })).toBe('');
    expect(await complaintOfFeatures(asked, sending(false), { vendor })).toMatch(
      /of conformance-1, conformance-2, conformance-3 it has none: when you repeat/,
    );
  });

  it('fails a load that loses a contact, sends one twice, or changes their order', async () => {
    const sound = load(async () => ({ rejected: [] }));
    const toldOf = (digits: string) =>
      complaintOfFeatures('brings each contact once', sound, {
        vendor: { loadedContacts: () => digits.split('').map((digit) => loaded(digit)) },
      });
    expect(await toldOf('123')).toBe('');
    expect(await toldOf('12')).toMatch(/the vendor has conformance-1, conformance-2$/);
    expect(await toldOf('1223')).toMatch(/conformance-2, conformance-2, conformance-3$/);
    expect(await toldOf('321')).toMatch(/the vendor has conformance-3, /);
  });

  it('fails a load that loses, reorders or shortens the numbers of a contact, or sends more than it says', async () => {
    const toldOf = (numbers: readonly string[], mostPhones?: number) =>
      complaintOfFeatures(
        'brings each contact once',
        () => ({
          contactLoad: {
            ...load(async () => ({ rejected: [] }))().contactLoad,
            ...(mostPhones !== undefined && { mostPhones }),
          },
        }),
        { vendor: { loadedContacts: () => [loaded('1', numbers), loaded('2'), loaded('3')] } },
      );
    const [first = '', second = ''] = loaded('1').numbers;
    expect(await toldOf([`+55${first}`, `0${second}`])).toBe('');
    expect(await toldOf([first])).toMatch(/would dial 41999990010: a number is lost/);
    expect(await toldOf([second, first])).toMatch(/would dial 1133330001, 41999990010/);
    expect(await toldOf([first, second.slice(2)])).toMatch(/would dial 41999990010, 33330001/);
    expect(await toldOf([first, second], 1)).toMatch(/the numbers \+5541999990010 were sent/);
  });

  it('fails a load that rejects its contacts because the vendor answers 401', async () => {
    const telling = (isRejected: boolean) => (send: Send) =>
      load(async ({ contacts }, context) => {
        const failed = meaningOfStatus(await send(context, '/queues/7/contacts'));
        if (failed && !isRejected) throw new TelephonyError({ ...failed, message: 'not taken' });
        const rejected: RejectedContact[] = [];
        for await (const { contactId } of contacts) rejected.push({ contactId, vendor: {} });
        return { rejected };
      })();
    expect(await complaintOfFeatures('reports status 401', telling(false))).toBe('');
    expect(await complaintOfFeatures('reports status 401', telling(true))).toMatch(
      /^contactLoad, with status 401 from its request 1 on: ends in refused, not in auth_failed/,
    );
  });

  it('fails a load that brings only the first contacts of a full exchange', async () => {
    const bringing = (most: number, given: Pick<ContactLoad, 'unit' | 'batch'>) => {
      const there: string[] = [];
      return complaintOfFeatures(
        'of an exchange that is full',
        () => ({
          contactLoad: {
            ...given,
            repeatable: false,
            async send({ contacts }) {
              for await (const { contactId } of contacts)
                if (there.length < most) there.push(contactId);
              return { rejected: [] };
            },
          },
        }),
        {
          vendor: {
            loadedContacts: () => there.map((contactId) => ({ contactId, numbers: [] })),
          },
        },
      );
    };
    const batch = { size: 250, weigh: () => 1 };
    expect(await bringing(1200, { unit: 'mailing' })).toBe('');
    expect(await bringing(1000, { unit: 'mailing' })).toMatch(
      '1200 contacts were sent at once, and the vendor has 1000; where conformance-1001 should be, it has nobody',
    );
    expect(await bringing(250, { unit: 'batch', batch })).toBe('');
    expect(await bringing(100, { unit: 'batch', batch })).toMatch(
      '250 contacts were sent at once, and the vendor has 100',
    );
  });

  it('fails a load that brings the contacts of every mailing to one queue, and passes one that refuses other queues', async () => {
    const asked = 'to the queue of the mailing';
    const bringing = (queueOf: (asked: string) => string) => {
      const there = new Map<string, string[]>();
      return complaintOfFeatures(
        asked,
        load(async ({ mailing, contacts }) => {
          const queue = queueOf(mailing.queue);
          for await (const { contactId } of contacts)
            there.set(queue, [...(there.get(queue) ?? []), contactId]);
          return { rejected: [] };
        }),
        {
          vendor: {
            loadedContacts: () =>
              (there.get('7') ?? []).map((contactId) => ({ contactId, numbers: [] })),
          },
        },
      );
    };
    expect(await bringing((queue) => queue)).toBe('');
    expect(await bringing(() => '7')).toMatch(
      /sent to the queue 8, and the vendor has conformance-1, .* in the queue 7: they would be called .* throw not_found for any other/,
    );
    const refusing = load(() =>
      Promise.reject(new TelephonyError({ code: 'not_found', message: 'no such queue' })),
    );
    expect(
      await complaintOfFeatures(asked, refusing, { vendor: { loadedContacts: () => [] } }),
    ).toBe('');
  });

  it('fails a clear that empties another queue than the given one', async () => {
    const clearing = (cleared: (asked: string) => string) => {
      let there: readonly string[] = [];
      return complaintOfFeatures(
        'contactClear empties the queue',
        () => ({
          ...load(async ({ contacts }) => {
            for await (const { contactId } of contacts) there = [...there, contactId];
            return { rejected: [] };
          })(),
          async contactClear({ queue }) {
            if (cleared(queue) === '7') there = [];
            return {};
          },
        }),
        {
          vendor: {
            loadedContacts: () => there.map((contactId) => ({ contactId, numbers: [] })),
          },
        },
      );
    };
    expect(await clearing((queue) => queue)).toBe('');
    expect(await clearing(() => '7')).toMatch(
      /the queue 8 was cleared, and of .* the vendor has none: the others would never be called; .* leave contactClear out/,
    );
  });

  it('fails a load that says it is repeatable, and adds its contacts twice', async () => {
    const toldOf = (digits: string) =>
      complaintOfFeatures(
        'where it is sent again',
        () => ({
          contactLoad: { ...load(async () => ({ rejected: [] }))().contactLoad, repeatable: true },
        }),
        { vendor: { loadedContacts: () => digits.split('').map((digit) => loaded(digit)) } },
      );
    expect(await toldOf('123')).toBe('');
    expect(await toldOf('123123')).toMatch(/would be called twice/);
  });

  it('passes a load that sends one request for each number', async () => {
    const eachNumber = (send: Send): Pick<Features, 'contactLoad'> => ({
      contactLoad: {
        unit: 'contact',
        repeatable: false,
        async send({ contacts }, context) {
          for await (const { phones } of contacts)
            for (const _ of phones) {
              const meaning = meaningOfStatus(await send(context, '/queues/7/contacts'));
              if (meaning) throw new TelephonyError({ ...meaning, message: 'not taken' });
            }
          return { rejected: [] };
        },
      },
    });
    expect(await complaintOfFeatures('contactLoad is in doubt where its answer', eachNumber)).toBe(
      '',
    );
  });

  it('fails a load that does not reject a refused contact, or leaves out the words of the vendor', async () => {
    const refused = 'names the contact that the vendor has refused';
    const telling = (rejected: readonly RejectedContact[]) =>
      complaintOfFeatures(
        refused,
        load(async () => ({ rejected })),
      );
    const vendor = { message: 'contato bloqueado' };
    expect(await telling([{ contactId: 'conformance-1', vendor }])).toBe('');
    expect(await telling([])).toMatch(/refused conformance-1, and rejected names nobody/);
    expect(await telling([{ contactId: 'conformance-1', vendor: {} }])).toMatch(/words/);
  });

  it('fails a report that loses a page, reads one twice, or gives a number that is not of its contact', async () => {
    const numbers = { '1': '999990010', '2': '999990020' };
    const reading = (told: readonly Partial<ReportedAttempt>[]) =>
      complaintOfFeatures(
        'each attempt of the report',
        () => ({
          dialerResults: {
            outcomeOf: () => 'answered',
            async *read() {
              for (const attempt of told) yield { ...anAttempt(), ...attempt };
            },
          },
        }),
        { vendor: { reportAttempts: () => 2 } },
      );
    const [one, two] = Object.entries(numbers).map(([digit, number]) => ({
      contactId: `conformance-${digit}`,
      number,
    }));
    expect(await reading([one ?? {}, two ?? {}])).toBe('');
    expect(await reading([one ?? {}])).toMatch(/has 2 attempts, and 1 were read/);
    expect(await reading([one ?? {}, two ?? {}, two ?? {}])).toMatch(/and 3 were read/);
    expect(await reading([{ contactId: 'conformance-1' }, two ?? {}])).toMatch(
      /conformance-1 has areaCode 41 and number 999998888, which is none of its numbers/,
    );
  });

  describe('a report', () => {
    const contactOf = (digit: string, more: Partial<ReportedAttempt> = {}) => ({
      ...anAttempt(),
      contactId: `conformance-${digit}`,
      number: `9999900${digit}0`,
      ...more,
    });
    const two = [contactOf('1'), contactOf('2')];
    const reading = (
      asked: string,
      read: Features['dialerResults']['read'],
      vendor: Partial<ConformanceVendor> = {},
    ) =>
      complaintOfFeatures(
        asked,
        () => ({
          ...load(async () => ({ rejected: [] }))(),
          dialerResults: { outcomeOf: () => 'answered', read },
        }),
        { vendor: { reportAttempts: () => 2, ...vendor } },
      );

    it('fails if an attempt belongs to nobody in the mailing, or is hours off', async () => {
      const telling = (attempt: Partial<ReportedAttempt>) =>
        reading('each attempt of the report', async function* read() {
          yield contactOf('1', attempt);
          yield contactOf('2');
        });
      expect(await telling({})).toBe('');
      const at = new Date(Date.now() - 3 * 3_600_000).toISOString();
      expect(await telling({ at })).toMatch(
        /an attempt made just now has the time .* the time zone/,
      );
      expect(await telling({ contactId: undefined })).toBe('');
      expect(await telling({ contactId: '4711' })).toMatch(
        /has contactId "4711": a host finds no contact/,
      );
      expect(await telling({ contactId: undefined, number: '999990009' })).toMatch(
        /has areaCode 41 and number 999990009: a host finds no contact/,
      );
    });

    it('fails if the vendor has no attempts, or none of them is read', async () => {
      const without = { reportAttempts: () => 0 };
      const none = async function* read() {};
      for (const asked of ['each attempt of the report', 'where the period is long'])
        expect(await reading(asked, none, without)).toBe(
          'reportAttempts() made a report without attempts',
        );
      expect(await reading('where the period is long', none)).toBe(
        'the report has 2 attempts, and none could be read',
      );
    });

    it('fails if a second reading gives nothing', async () => {
      let isRead = false;
      const toldOf = (isForgotten: boolean) =>
        reading('where it is asked again', async function* read() {
          if (!isRead) yield* two;
          isRead = isForgotten;
        });
      expect(await toldOf(false)).toBe('');
      expect(await toldOf(true)).toMatch(/gave 2 attempts and then 0/);
    });

    it.each([
      [
        'each end with both of its parts',
        (at: number, from: number, to: number) => at >= from && at <= to,
        /1 days before an attempt, 3 attempts were read, and the report has 2/,
      ],
      [
        'each end with none of them',
        (at: number, from: number, to: number) => at > from && at < to,
        /1 days before an attempt, 1 attempts were read/,
      ],
      [
        'each end a second early',
        (at: number, from: number, to: number) => at >= from && at <= to - 1000,
        /1 days before an attempt, 1 attempts were read/,
      ],
      [
        'each end with the second',
        (at: number, from: number, to: number) => at >= from && at < to,
        /^$/,
      ],
    ])('split into days fails unless each attempt comes once: %s', async (_, isIn, complaint) => {
      const [one, other] = [contactOf('1'), contactOf('2')];
      const later = { ...other, at: new Date(Date.parse(one.at) + 1).toISOString() };
      const dayMs = 86_400_000;
      const told = await reading('where the period is long', async function* read({ period }) {
        for (let from = period.from.getTime(); from < period.to.getTime(); from += dayMs)
          yield* [one, later].filter(({ at }) => isIn(Date.parse(at), from, from + dayMs));
      });
      expect(told).toMatch(complaint);
    });

    it('fails if a row that cannot be used is dropped silently, ends the report, or has personal data in its reason', async () => {
      const asked = 'tells of a row that cannot be used';
      const telling = (rows: readonly (ReportedAttempt | string)[]) =>
        reading(
          asked,
          async function* read({ onUnreadable }) {
            for (const [at, row] of rows.entries())
              if (typeof row !== 'string') yield row;
              else if (row !== 'silently') onUnreadable?.({ position: at + 1, reason: row });
          },
          { spoilAttempt: () => undefined },
        );
      const [, second = contactOf('2')] = two;
      expect(await telling(['its date cannot be read', second])).toBe('');
      expect(await telling(['silently', second])).toMatch(
        /one of 2 rows cannot be used, and onUnreadable was called 0 times/,
      );
      expect(await telling(['its date cannot be read'])).toMatch(/and 0 of the others were read/);
      expect(await telling(['no date: 41999990010', second])).toMatch(
        /contains a number, a CPF or a name/,
      );
      const vendor = { spoilAttempt: undefined };
      expect(await reading(asked, async function* read() {}, vendor)).toBe(
        'startVendor gives a vendor without spoilAttempt()',
      );
    });
  });

  it('fails a report that ends without an error after a page has failed', async () => {
    const pages = (isCareless: boolean) => (send: Send) => ({
      dialerResults: {
        outcomeOf: () => 'answered' as const,
        async *read(_: unknown, context: AdapterContext) {
          for (let page = 1; page <= 2; page += 1) {
            const { status } = await send(context, '/report');
            if (status === 500 && isCareless) return;
            if (status === 500) throw new TelephonyError({ code: 'unavailable', message: 'x' });
            yield anAttempt();
          }
        },
      },
    });
    const asked = 'a page of the report is missing';
    const vendor = { reportAttempts: () => 2 };
    expect(await complaintOfFeatures(asked, pages(true), { vendor })).toMatch(
      /request 1 was answered with status 500, and read\(\) succeeded with 0 of 2/,
    );
    expect(await complaintOfFeatures(asked, pages(false), { vendor })).toBe('');
  });

  it('fails a look for loaded contacts that finds none of them, one that was not loaded, or their numbers instead of their ids', async () => {
    const toldOf = (find: Find) =>
      complaintOfFeatures('tells contacts that are there', looking(find));
    const idsOf: Find = async (_, contacts) => new Set(contacts.map(({ contactId }) => contactId));
    const isLoaded = (id: string) => id !== 'conformance-4';
    expect(
      await toldOf(async (...given) => new Set([...(await idsOf(...given))].filter(isLoaded))),
    ).toBe('');
    expect(await toldOf(async () => new Set())).toMatch(/conformance-1 .* would be sent again/);
    expect(await toldOf(idsOf)).toMatch(/conformance-4 .* would never be dialed/);
    const numbersOf: Find = async (_, contacts) =>
      new Set(contacts.flatMap(({ phones }) => phones.map(({ number }) => number)));
    expect(await toldOf(numbersOf)).toMatch(/conformance-1 .* would be sent again/);
  });

  it('names the features that take status 500 or an HTML page for a success', async () => {
    const careless = (send: Send) => ({
      ...load(async (_, context) => {
        await send(context, '/queues/7/contacts');
        return { rejected: [] };
      })(),
      contactClear: async (_: unknown, context: AdapterContext) => {
        await send(context, '/queues/7/contacts');
        return {};
      },
      // Sends no request, so no error status was given to it.
      transfer: async () => ({ status: 'accepted' as const }),
    });
    expect(await complaintOfFeatures('an error of the vendor', careless)).toBe(
      'contactClear, contactLoad answered with status 500: ended as a success',
    );
    expect(await complaintOfFeatures('never takes an HTML page', careless)).toBe(
      'contactClear answered with an HTML page: ended as a success',
    );
  });

  it.each(['message', 'hint'] as const)(
    'fails a load whose error repeats in its %s what the vendor says of a person',
    async (part) => {
      const telling = (isRepeated: boolean) => (send: Send) =>
        load(async (_, context) => {
          const vendor = { message: await (await send(context, '/queues/7/contacts')).text() };
          const message = 'The vendor did not take the contacts.';
          const own = { message, ...(isRepeated && { [part]: vendor.message }) };
          throw new TelephonyError({ code: 'refused', ...own, vendor });
        })();
      const asked = 'repeats no personal data';
      expect(await complaintOfFeatures(asked, telling(false))).toBe('');
      expect(await complaintOfFeatures(asked, telling(true))).toMatch(
        /^contactLoad answered with status 422 .* put the vendor's words into vendor/,
      );
    },
  );

  it('fails a look for loaded contacts that takes an HTML page to mean that none is there', async () => {
    const careless = (send: Send) =>
      looking(async (_, __, context) => {
        await send(context, '/queues/7/contacts');
        return new Set();
      })();
    expect(await complaintOfFeatures('never takes an HTML page', careless)).toBe(
      'contactLoad.find answered with an HTML page: ended as a success',
    );
  });

  it.each([
    [{ at: '28/11/2026 10:00' }, /an attempt is not valid: at: /],
    [{ duration: -4 }, /an attempt is not valid: duration: /],
    [{ callId: '' }, /an attempt is not valid: callId: call id is empty/],
  ])('fails a report with an attempt that cannot be kept: %j', async (attempt, complaint) => {
    expect(await complaintOfFeatures('attempts that can be kept', report(attempt))).toMatch(
      complaint,
    );
    expect(await complaintOfFeatures('attempts that can be kept', report({}))).toBe('');
  });

  it('fails a report whose times are of another time zone', async () => {
    const at = new Date(Date.now() - 3 * 3_600_000).toISOString();
    expect(await complaintOfFeatures('attempts that can be kept', report({ at }))).toMatch(
      /no attempt is within the period .* check the time zone/,
    );
  });

  it('fails a report that succeeds although the vendor answers with an HTML page', async () => {
    expect(await complaintOfFeatures('an HTML page for a report', report({}))).toMatch(
      /as a success/,
    );
  });

  it('fails a report with an outcome that outcomeOf does not give for its status', async () => {
    const told = await complaintOfFeatures(
      'attempts that can be kept',
      report({ outcome: 'busy' }),
    );
    expect(told).toMatch(/"OK" has the outcome busy, and outcomeOf says answered/);
  });

  it.each(['answered', 'failed'] as const)(
    'fails an outcomeOf that gives an unknown status the outcome %s',
    async (meant) => {
      const told = await complaintOfFeatures('attempts that can be kept', () => ({
        dialerResults: {
          outcomeOf: (word) => (word === 'OK' ? 'answered' : meant),
          async *read() {
            yield anAttempt();
          },
        },
      }));
      expect(told).toMatch(`outcomeOf gives "${meant}" for a status that nobody knows`);
    },
  );
});
