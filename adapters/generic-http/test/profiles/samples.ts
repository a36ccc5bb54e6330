import { readFileSync } from 'node:fs';
import type { Adapter, AdapterContext, Contact } from '@finaz-telephony/core';
import { createTestContext } from '@finaz-telephony/testing';
import * as v from 'valibot';
import { callTo, contact, each, feature, mailingIn, transferTo } from './support.ts';

const ExchangeSchema = v.strictObject({
  request: v.strictObject({ method: v.string(), url: v.string(), body: v.optional(v.string()) }),
  reply: v.strictObject({
    status: v.number(),
    contentType: v.optional(v.string()),
    body: v.string(),
  }),
});
export type Exchange = v.InferOutput<typeof ExchangeSchema>;

/** The exchanges of one feature with the vendor, and what the adapter returns to the host. */
const SampleSchema = v.strictObject({
  feature: v.picklist([
    'click2call',
    'transfer',
    'recording',
    'contactClear',
    'contactLoad',
    'dialerResults',
  ]),
  exchanges: v.array(ExchangeSchema),
  result: v.unknown(),
});
export type Sample = v.InferOutput<typeof SampleSchema>;

const SamplesSchema = v.strictObject({
  /** The queue of the samples, if the system does not accept any name. */
  queue: v.optional(v.string(), '42'),
  /** What a company lays over the profile. */
  settings: v.record(v.string(), v.unknown()),
  samples: v.array(SampleSchema),
});

export function readSamples(profile: string): v.InferOutput<typeof SamplesSchema> {
  const file = new URL(`../../profiles/${profile}/exchanges.json`, import.meta.url);
  return v.parse(SamplesSchema, JSON.parse(readFileSync(file, 'utf8')));
}

const sampleContacts: readonly Contact[] = [contact('crm-1', '41999990001', '41999990002')];

/** Runs a feature with the input of the samples. @returns what the host gets, in JSON */
export async function runFeature(
  adapter: Adapter,
  name: Sample['feature'],
  fetch: AdapterContext['fetch'],
  { queue, callId }: { readonly queue: string; readonly callId: string },
): Promise<unknown> {
  const context: AdapterContext = {
    ...createTestContext({ now: () => new Date('2025-07-01T15:00:00Z') }),
    fetch,
  };
  const mailing = mailingIn(queue);
  switch (name) {
    case 'click2call':
      return feature(adapter, name)(callTo('41999990001'), context);
    case 'transfer':
      return feature(adapter, name)(transferTo('1002', callId), context);
    case 'recording': {
      const response = await feature(adapter, name)({ callId }, context);
      return {
        contentType: response.headers.get('content-type'),
        bytes: (await response.arrayBuffer()).byteLength,
      };
    }
    case 'contactClear':
      return feature(adapter, name)(
        {
          queue,
          parameters: {},
          previous: { mailing, contacts: () => each(sampleContacts) },
        },
        context,
      );
    case 'contactLoad': {
      const load = feature(adapter, name);
      const prepared = await load.prepare?.(mailing, context);
      const loading = { ...mailing, captures: { ...prepared?.captures } };
      const sent = await load.send({ mailing: loading, contacts: each(sampleContacts) }, context);
      await load.activate?.(loading, context);
      await load.deactivate?.(loading, context);
      return sent;
    }
    case 'dialerResults': {
      const attempts = [];
      const period = {
        from: new Date('2025-07-01T12:00:00Z'),
        to: new Date('2025-07-01T21:00:00Z'),
      };
      for await (const attempt of feature(adapter, name).read({ mailing, period }, context))
        attempts.push(attempt);
      return attempts;
    }
  }
}
