import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as v from 'valibot';
import { FeatureNameSchema, outcomes, TelephonyError } from '../../src/index.ts';
import { createTemplateAdapter, TemplateSettingsSchema } from '../../src/template/index.ts';
import { fakeContext } from '../support/fake-context.ts';
import { runFeature } from '../support/run-feature.ts';
import { issuesOf } from '../support/template-documents.ts';
import {
  filterRows,
  outcomeClassNames,
  replyVariableRows,
  tableBehind,
  variableRows,
} from '../support/template-tables.ts';

const page = readFileSync(new URL('../../../../docs/template.md', import.meta.url), 'utf8');

const feature = FeatureNameSchema;
const settings = v.unknown();
const SentSchema = v.strictObject({
  method: v.string(),
  url: v.string(),
  headers: v.optional(v.record(v.string(), v.string()), {}),
  body: v.optional(v.string(), ''),
});

const ReplySchema = v.strictObject({
  status: v.number(),
  headers: v.optional(v.record(v.string(), v.string()), {}),
  body: v.string(),
});

/** Something that is sent and answered; lists where a feature is more than one request. */
const ExchangeSchema = v.strictObject({
  feature,
  settings,
  input: v.optional(v.record(v.string(), v.string()), {}),
  reply: v.union([ReplySchema, v.array(ReplySchema)]),
  request: v.union([SentSchema, v.array(SentSchema)]),
  result: v.optional(v.unknown()),
  error: v.optional(v.strictObject({ code: v.string(), vendor: v.unknown() })),
});

/** Something that the vendor sends. */
const NotificationSchema = v.strictObject({
  feature,
  settings,
  notification: v.strictObject({ method: v.string(), url: v.string(), body: v.string() }),
  result: v.unknown(),
});

const MistakeSchema = v.strictObject({ feature, settings, issues: v.array(v.string()) });

const ExampleSchema = v.union([ExchangeSchema, NotificationSchema, MistakeSchema]);
type Example = v.InferOutput<typeof ExampleSchema>;

const examples = [...page.matchAll(/```json template-example\n([\s\S]*?)```/g)].map((match) =>
  v.parse(ExampleSchema, JSON.parse(match[1] ?? '')),
);

/** What the page says of an error: its code and the vendor's words. */
async function shown(ended: unknown): Promise<unknown> {
  if (ended instanceof Response) {
    return { status: ended.status, audio: (await ended.text()).slice(0, 4) };
  }
  if (!TelephonyError.isInstance(ended)) return ended;
  return {
    code: ended.code,
    vendor: { status: ended.vendor?.status, message: ended.vendor?.message },
  };
}

/** What an example says, and what there is. */
async function run(example: Example): Promise<{ said: unknown; found: unknown }> {
  if ('issues' in example) return { said: example.issues, found: issuesOf(example.settings) };
  if ('notification' in example) {
    const { url, method, body } = example.notification;
    const adapter = createTemplateAdapter(v.parse(TemplateSettingsSchema, example.settings));
    const found = adapter.features.answeredCall?.(
      new Request(url, { method, body }),
      fakeContext(),
    );
    return { said: example.result, found: await found };
  }
  const { request, reply, input } = example;
  const { context, result } = runFeature(example.feature, example.settings, reply, input);
  const ended: unknown = await result.catch((thrown: unknown) => thrown);
  return {
    said: {
      ended: example.error ?? example.result,
      sent: [request].flat().map((sent) => ({
        ...sent,
        headers: expect.objectContaining(sent.headers),
      })),
    },
    found: { ended: await shown(ended), sent: context.sent },
  };
}

describe('docs/template.md', () => {
  it('has an example of every feature, and of mistakes', () => {
    const shownFeatures = new Set(examples.map((example) => example.feature));
    expect([...shownFeatures].toSorted()).toEqual(FeatureNameSchema.options.toSorted());
    expect(examples.some((example) => 'issues' in example)).toBe(true);
  });

  it.each(examples.map((example, index) => [index + 1, example.feature, example] as const))(
    'example %i, %s, does what it says',
    async (_index, _feature, example) => {
      const { said, found } = await run(example);
      expect(found).toEqual(said);
    },
  );

  it('has the variables that there are', () => {
    expect(tableBehind(page, '### Variables')).toEqual(variableRows());
    expect(tableBehind(page, '### Variables of the answer')).toEqual(replyVariableRows());
  });

  it('has the filters that there are', () => {
    expect(tableBehind(page, '### Filters')).toEqual(filterRows());
  });

  it('has the classes of outcomes and the outcomes of attempts that there are', () => {
    const classes = tableBehind(page, '## Outcomes').map(([name]) => name);
    expect(classes).toEqual(outcomeClassNames.map((name) => `\`${name}\``));
    for (const outcome of outcomes) expect(page).toContain(`\`${outcome}\``);
  });
});
