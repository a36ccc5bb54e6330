import { describe, expect, it } from 'vitest';
import * as v from 'valibot';
import {
  TelephonyError,
  type Adapter,
  type AdapterContext,
  type Click2CallInput,
  type Diagnose,
  type Features,
} from '../src/index.ts';
import { adapterFault, checkedAdapter } from '../src/host.ts';

/** A value as an adapter that is written without types may return it. */
const untyped = <Wanted>(wanted: v.CustomSchema<Wanted, undefined>, value: unknown): Wanted =>
  v.parse(wanted, value);
const Context = v.custom<AdapterContext>(() => true);
const SomeFeatures = v.custom<Partial<Features>>(() => true);
const CallInput = v.custom<Click2CallInput>(() => true);
const Contacts = v.custom<AsyncIterable<never>>(() => true);
const Feature = v.custom<(input: unknown, context: AdapterContext) => Promise<unknown>>(() => true);

const context = untyped(Context, {});
const mailing = { mailingId: 'm-1', queue: '7', parameters: {}, captures: {} };

const adapterOf = (features: Readonly<Record<string, unknown>>) =>
  checkedAdapter({ features: untyped(SomeFeatures, features) });

async function failureOf(work: Promise<unknown> | undefined): Promise<TelephonyError> {
  const thrown: unknown = await work?.then(
    () => 'nothing',
    (error: unknown) => error,
  );
  if (!TelephonyError.isInstance(thrown)) throw new Error(`threw ${String(thrown)}`);
  return thrown;
}

const call = (click2call: unknown) =>
  adapterOf({ click2call }).features.click2call?.(untyped(CallInput, {}), context);
const load = (send: unknown) =>
  adapterOf({ contactLoad: { unit: 'contact', repeatable: false, send } }).features.contactLoad;

describe('an invalid result of a feature', () => {
  it.each([
    [undefined, 'is missing; it must be an object'],
    [{}, 'callId: is missing'],
    [{ callId: null, captures: { leg: 5 } }, 'captures.leg: must be text, and is a number'],
    [{ callId: null, captures: '41999998888' }, 'captures: must be an object, and is text'],
  ])('leaves a call in doubt with an error that names the fault: %j', async (result, fault) => {
    const error = await failureOf(call(async () => result));
    expect(error).toMatchObject({ code: 'internal', delivery: 'unknown', feature: 'click2call' });
    expect(error.message).toContain(`its click2call returned an invalid result (${fault})`);
  });

  it.each([
    [{}, 'rejected: is missing'],
    [{ rejected: 'none' }, 'rejected: must be a list, and is text'],
    [
      { rejected: [{ contactId: 7, vendor: {} }] },
      'rejected.0.contactId: must be text, and is a number',
    ],
    [{ rejected: [{ contactId: 'k-1' }] }, 'rejected.0.vendor: is missing'],
    [{ rejected: [], taken: 'many' }, 'taken: must be a number, and is text'],
  ])('leaves a load in doubt with an error that names the fault: %j', async (result, fault) => {
    const contacts = untyped(Contacts, []);
    const error = await failureOf(load(async () => result)?.send({ mailing, contacts }, context));
    expect(error).toMatchObject({ code: 'internal', delivery: 'unknown', feature: 'contactLoad' });
    expect(error.message).toContain(fault);
  });

  it.each([
    ['transfer', { status: 'done' }, 'status: must be "accepted"'],
    ['contactClear', { cleared: 'all' }, 'cleared: must be a number, and is text'],
    ['answeredCall', {}, 'events: is missing'],
    [
      'answeredCall',
      { events: [{ number: 41999998888, callId: 'c', extension: '1001' }] },
      'events.0.number: must be text, and is a number',
    ],
    [
      'answeredCall',
      { events: [], unreadable: [{ reason: 'callId: is missing' }] },
      'unreadable.0.position: is missing',
    ],
    ['answeredCall', { events: [], response: { status: 200 } }, 'response: it is not a Response'],
    ['recording', undefined, 'it is not a Response'],
    ['recording', Buffer.from('RIFF'), 'it is not a Response'],
  ] as const)('of %s fails, and the error hides its value: %j', async (name, result, fault) => {
    const feature = untyped(Feature, adapterOf({ [name]: async () => result }).features[name]);
    const error = await failureOf(feature({}, context));
    expect(error.message).toContain(fault);
    expect(error.message).not.toContain('9999');
  });

  it.each([
    [['c-1'], 'it is not a Set of contact ids'],
    [new Set(['7001', 7002]), 'not all in the Set are texts, as contact ids are'],
  ])('leaves a search in doubt with an error without contact ids: %j', async (result, fault) => {
    const contactLoad = { unit: 'contact', repeatable: false, send() {}, find: async () => result };
    const { find } = adapterOf({ contactLoad }).features.contactLoad ?? {};
    const error = await failureOf(find?.(mailing, [], context));
    expect(error).toMatchObject({ code: 'internal', delivery: 'unknown', feature: 'contactLoad' });
    expect(error.message).toContain(fault);
    expect(error.message).not.toContain('7002');
  });

  it('fails a recording if the body of its response is already locked or read', async () => {
    const locked = new Response('RIFF');
    locked.body?.getReader();
    const used = new Response('RIFF');
    await used.text();
    for (const response of [locked, used]) {
      const { recording } = adapterOf({ recording: async () => response }).features;
      const error = await failureOf(recording?.({ callId: 'c' }, context));
      expect(error.message).toContain('not a Response whose body is unread');
    }
  });
});

describe('an error that an adapter throws', () => {
  const like = (fields: object) =>
    Object.assign(new Error('no'), { [Symbol.for('finaz-telephony.error')]: true }, fields);
  const rightly = { code: 'refused', delivery: 'answered', retryable: false };

  it.each([
    ['code', { ...rightly, code: 'nonsense' }],
    ['delivery', { ...rightly, delivery: 'maybe' }],
    ['message', { ...rightly, message: 7 }],
    ['hint', { ...rightly, hint: 7 }],
    ['vendor.status', { ...rightly, vendor: { status: '500' } }],
    ['retryAfterMs', { ...rightly, retryAfterMs: Number.NaN }],
  ])('becomes an internal error, in doubt, if its %s is invalid', async (place, fields) => {
    const error = await failureOf(call(() => Promise.reject(like(fields))));
    expect(error).toMatchObject({ code: 'internal', delivery: 'unknown' });
    expect(error.message).toContain(`the ${place} of the TelephonyError`);
  });

  it('is passed on unchanged if it is a valid TelephonyError, or not a TelephonyError at all', async () => {
    const whole = like(rightly);
    await expect(call(() => Promise.reject(whole))).rejects.toBe(whole);
    const other = new RangeError('x');
    await expect(
      call(() => {
        throw other;
      }),
    ).rejects.toBe(other);
  });

  it('is also checked while a report is read', async () => {
    const read = async function* () {
      yield* [];
      throw like({ ...rightly, code: 'nonsense' });
    };
    const { dialerResults } = adapterOf({
      dialerResults: { read, outcomeOf: () => 'unknown' },
    }).features;
    const period = { from: new Date(0), to: new Date() };
    const report = dialerResults?.read({ mailing, period }, context)[Symbol.asyncIterator]();
    expect(await failureOf(report?.next())).toMatchObject({ code: 'internal' });
  });
});

it('a checked feature that is an instance of a class can still use its private fields', async () => {
  class Load {
    readonly unit = 'contact';
    readonly repeatable = true;
    readonly #list = 'l-1';
    async send() {
      return { rejected: [], captures: { list: this.#list } };
    }
    async prepare() {
      return { captures: { list: this.#list } };
    }
  }
  const adapter: Adapter = checkedAdapter({ features: { contactLoad: new Load() } });
  const { contactLoad } = adapter.features;
  expect(await contactLoad?.prepare?.(mailing, context)).toEqual({ captures: { list: 'l-1' } });
});

describe('the form of an adapter', () => {
  const send = () => undefined;
  it.each([
    ['"contactLoad.unit" is none of', { features: { contactLoad: { send } } }],
    ['"contactLoad.repeatable"', { features: { contactLoad: { send, unit: 'contact' } } }],
    [
      '"contactLoad.batch" is not { size, weigh }',
      { features: { contactLoad: { send, unit: 'batch', repeatable: true, batch: { size: 50 } } } },
    ],
    [
      '"contactLoad.activate" is not a function',
      { features: { contactLoad: { send, unit: 'contact', repeatable: true, activate: true } } },
    ],
    ['"checkCredentials" is not a function', { features: {}, checkCredentials: 'x' }],
    ['"diagnose" is not a function', { features: {}, diagnose: {} }],
  ])('is reported if it is wrong: %s', (fault, made) => {
    expect(adapterFault(made)).toContain(fault);
  });
});

describe('a finding of a diagnosis', () => {
  const Diagnosis = v.custom<Diagnose>(() => true);
  const first = async (finding: unknown) => {
    const diagnose = untyped(Diagnosis, async function* () {
      yield finding;
    });
    const { diagnose: checked } = checkedAdapter({ features: {}, diagnose });
    return checked?.(context)[Symbol.asyncIterator]().next();
  };

  it.each([
    ['state', { check: 'queue', state: 'fine', message: 'x' }],
    ['message', { check: 'queue', state: 'ok' }],
    ['check', { check: '', state: 'ok', message: 'x' }],
  ])(
    'fails as an internal error if its %s is invalid, because a broken part could otherwise go unnoticed',
    async (place, finding) => {
      const error = await failureOf(first(finding));
      expect(error).toMatchObject({ code: 'internal' });
      expect(error.message).toContain(`diagnose returned an invalid result (${place}`);
    },
  );

  it('is passed on unchanged if it is valid', async () => {
    const finding = { check: 'queue', state: 'broken', message: 'gone', mend: 'add it' };
    expect(await first(finding)).toEqual({ done: false, value: finding });
  });
});
