import * as v from 'valibot';
import { createTemplateAdapter, TemplateSettingsSchema } from '../../src/template/index.ts';
import type { FeatureName } from '../../src/index.ts';
import { fakeContext, type FakeContext, type FakeReply } from './fake-context.ts';

/** The phone that calls go to. */
export const phone = {
  kind: 'mobile',
  e164: '+5541999998888',
  areaCode: '41',
  number: '999998888',
} as const;

const InputSchema = v.object({
  queue: v.optional(v.string(), '7'),
  extension: v.optional(v.string(), '1001'),
  callId: v.optional(v.string(), 'c-1'),
  destination: v.optional(v.string(), '4133330000'),
  parameters: v.optional(v.record(v.string(), v.string()), {}),
});
export type FeatureInput = v.InferInput<typeof InputSchema>;

const ana = {
  contactId: '7001',
  name: 'Ana',
  cpf: '529.982.247-25',
  phones: [{ areaCode: '41', number: '999998888' }],
};

async function* one() {
  yield ana;
}

/** Of a batch or file: Ana, and João with two phones. */
async function* mailingContacts() {
  yield ana;
  yield {
    contactId: '7002',
    name: 'João; "Jô"',
    cpf: '',
    phones: [
      { areaCode: '11', number: '988887777' },
      { areaCode: '11', number: '33334444' },
    ],
  };
}

/** What a load does besides sending, and what a connection does besides its features. */
export const operations = ['check', 'prepare', 'activate', 'deactivate', 'find'] as const;

export interface FeatureRun {
  readonly context: FakeContext;
  readonly result: Promise<unknown>;
}

/** Compiles settings and runs one feature of them against a vendor that answers `reply`. */
export function runFeature(
  feature: FeatureName,
  settings: unknown,
  reply: FakeReply | readonly FakeReply[] = {},
  given: FeatureInput = {},
): FeatureRun {
  const { features } = createTemplateAdapter(v.parse(TemplateSettingsSchema, settings));
  const context = fakeContext(reply);
  const { queue, extension, callId, destination, parameters } = v.parse(InputSchema, given);
  const attemptId = 'attempt-1';
  const mailing = { mailingId: 'm-1', queue, parameters, captures: {} };
  const run = async (): Promise<unknown> => {
    switch (feature) {
      case 'click2call':
        return features.click2call?.({ queue, extension, phone, parameters, attemptId }, context);
      case 'transfer':
        return features.transfer?.(
          { queue, extension, destination, callId, parameters, attemptId },
          context,
        );
      case 'recording':
        return features.recording?.({ callId }, context);
      case 'contactClear':
        return features.contactClear?.(
          { queue, parameters, previous: { mailing, contacts: mailingContacts } },
          context,
        );
      case 'dialerResults': {
        const rows: unknown[] = [];
        const period = {
          from: new Date('2026-11-24T03:00:00Z'),
          to: new Date('2026-11-25T03:00:00Z'),
        };
        for await (const row of features.dialerResults?.read({ mailing, period }, context) ?? [])
          rows.push(row);
        return rows;
      }
      case 'contactLoad': {
        return features.contactLoad?.send(
          {
            mailing,
            contacts:
              features.contactLoad.unit === 'contact'
                ? one()
                : { [Symbol.asyncIterator]: mailingContacts },
          },
          context,
        );
      }
      case 'answeredCall':
        throw new Error('answeredCall has a request of its own');
    }
  };
  return { context, result: run() };
}

/** Compiles settings and runs an operation that is not a feature against a vendor that answers `reply`. */
export function runOperation(
  operation: (typeof operations)[number],
  settings: unknown,
  reply: FakeReply | readonly FakeReply[],
): FeatureRun {
  const { features, checkCredentials } = createTemplateAdapter(
    v.parse(TemplateSettingsSchema, settings),
  );
  const context = fakeContext(reply);
  const mailing = { mailingId: 'm-1', queue: '7', parameters: {}, captures: { list: '42' } };
  const run = async (): Promise<unknown> => {
    if (operation === 'check') return checkCredentials?.(context);
    if (operation !== 'find') return features.contactLoad?.[operation]?.(mailing, context);
    const contacts = [];
    for await (const contact of mailingContacts()) contacts.push(contact);
    const found = await features.contactLoad?.find?.(mailing, contacts, context);
    return [...(found ?? [])];
  };
  return { context, result: run() };
}
