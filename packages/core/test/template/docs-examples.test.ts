import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as v from 'valibot';
import { TelephonyError, type AnsweredCallReading } from '../../src/index.ts';
import { featureNames, FeatureNameSchema, outcomes } from '../../src/host.ts';
import { filters } from '../../src/template/language/filters.ts';
import { createTemplateAdapter, TemplateSettingsSchema } from '../../src/template/index.ts';
import { featureVariables, replyVariables } from '../../src/template/language/variables.ts';
import { evaluate } from '../support/evaluate.ts';
import { fakeContext, type SentRequest } from '../support/fake-context.ts';
import { operations, runFeature, runOperation } from '../support/run-feature.ts';
import { SchemaConstructs } from '../support/schema-constructs.ts';
import { skipWaits } from '../support/skip-waits.ts';
import { issuesOf } from '../support/template-documents.ts';
import {
  filterRows,
  outcomeClassNames,
  replyVariableRows,
  tableBelow,
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
  body: v.optional(v.string()),
  bodyBase64: v.optional(
    v.pipe(
      v.string(),
      v.transform((text) => Buffer.from(text, 'base64')),
    ),
  ),
});

/** Something that is sent and answered; lists if a feature needs more than one request. */
const ExchangeSchema = v.strictObject({
  feature,
  /** The operation, if the feature has more than one. */
  do: v.optional(v.picklist(operations)),
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
  notification: v.strictObject({
    method: v.string(),
    url: v.string(),
    headers: v.optional(v.record(v.string(), v.string()), {}),
    body: v.string(),
  }),
  result: v.optional(v.unknown()),
  error: v.optional(v.strictObject({ code: v.string() })),
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

/** The events of a notification, and the answer that its sender gets if the document has one. */
async function told(reading: AnsweredCallReading): Promise<unknown> {
  const { events, unreadable, response } = reading;
  return {
    events,
    ...(unreadable && { unreadable }),
    ...(response && { answer: await response.text() }),
  };
}

const refusal = (error: unknown) => TelephonyError.isInstance(error) && { code: error.code };

/** What an example says, and what really happens. */
async function run(example: Example): Promise<{ said: unknown; found: unknown }> {
  if ('issues' in example) return { said: example.issues, found: issuesOf(example.settings) };
  if ('notification' in example) {
    const { url, method, headers, body } = example.notification;
    const adapter = createTemplateAdapter(v.parse(TemplateSettingsSchema, example.settings));
    const found = adapter.features
      .answeredCall?.(
        new Request(url, { method, headers, ...(body !== '' && { body }) }),
        fakeContext(),
      )
      .then(told, refusal);
    return { said: example.error ?? example.result, found: await found };
  }
  const { request, reply, input } = example;
  const replies = [reply].flat().map(({ body, bodyBase64, ...head }) => ({
    ...head,
    body: bodyBase64 ? Uint8Array.from(bodyBase64) : (body ?? ''),
  }));
  const { context, result } =
    example.do === undefined
      ? runFeature(example.feature, example.settings, replies, input)
      : runOperation(example.do, example.settings, replies);
  const ended: unknown = await result.catch((thrown: unknown) => thrown);
  return {
    said: {
      ended: example.error ?? example.result,
      sent: [request].flat().map((sent) => ({
        ...sent,
        headers: expect.objectContaining(sent.headers),
      })),
    },
    found: { ended: await shown(ended), sent: context.sent.map(withPlainBoundary) },
  };
}

const polls = (example: Example) => JSON.stringify(example.settings).includes('"repeat"');

/** The boundary between the parts of a form differs each time. */
function withPlainBoundary(sent: SentRequest): SentRequest {
  const type = sent.headers['content-type'];
  const boundary = type?.split('boundary=')[1];
  if (type === undefined || boundary === undefined) return sent;
  return {
    ...sent,
    headers: { ...sent.headers, 'content-type': type.replace(boundary, 'BOUNDARY') },
    body: sent.body.replaceAll(boundary, 'BOUNDARY'),
  };
}

const operators = ['==', '!=', '<', '<=', '>', '>=', 'in', 'contains', 'matches', 'and', 'or'];

/** All texts of documents: expressions stand in any of them. */
function expressionsOf(document: unknown): string[] {
  if (typeof document === 'string') return [document];
  if (typeof document !== 'object' || document === null) return [];
  return Object.values(document).flatMap(expressionsOf);
}

/** Of variables such as phone1 to phone5, the first two are enough. */
function variableNames(): string[] {
  const names = featureNames.flatMap((name) => Object.keys(featureVariables[name]));
  return [...new Set([...names, ...Object.keys(replyVariables)])].filter(
    (name) => !/[3-5]$/.test(name),
  );
}

describe('docs/template.md', () => {
  it('has an example of every feature, and of mistakes', () => {
    const shownFeatures = new Set(examples.map((example) => example.feature));
    expect([...shownFeatures].toSorted()).toEqual(FeatureNameSchema.options.toSorted());
    expect(examples.some((example) => 'issues' in example)).toBe(true);
  });

  it('has an example of every key, and of every word that a key may have', () => {
    const constructs = new SchemaConstructs(TemplateSettingsSchema);
    const used = new Set(examples.flatMap((example) => [...constructs.usedBy(example.settings)]));
    expect([...constructs.all].filter((construct) => !used.has(construct))).toEqual([]);
  });

  it('has an example of every variable and operator', () => {
    const written = expressionsOf(examples.map((example) => example.settings));
    expect({
      variables: variableNames().filter(
        (name) => !written.some((text) => new RegExp(`\\b${name}\\b`).test(text)),
      ),
      operators: operators.filter(
        (operator) => !written.some((text) => text.includes(` ${operator} `)),
      ),
    }).toEqual({ variables: [], operators: [] });
  });

  it.each(examples.map((example, index) => [index + 1, example.feature, example] as const))(
    'example %i, %s, does what it says',
    async (_index, _feature, example) => {
      if (polls(example)) skipWaits();
      const { said, found } = await run(example);
      expect(found).toEqual(said);
    },
  );

  it('has an example of each filter, and each gives what the page says', () => {
    const [given = '', , ...lines] =
      /```text filter-examples\n([\s\S]*?)\n```/.exec(page)?.[1]?.split('\n') ?? [];
    const reply: unknown = JSON.parse(given);
    for (const line of lines) {
      const [source = '', gives = ''] = line.split(/ +→ /);
      expect({ source, gives: evaluate(source, reply) }).toEqual({
        source,
        gives: JSON.parse(gives),
      });
    }
    const lacking = Object.keys(filters).filter(
      (name) => !lines.some((line) => new RegExp(`\\| ${name}\\b`).test(line)),
    );
    expect(lacking).toEqual([]);
  });

  it('lists exactly the variables of the language', () => {
    expect(tableBelow(page, '### Variables')).toEqual(variableRows());
    expect(tableBelow(page, '### Variables of the answer')).toEqual(replyVariableRows());
  });

  it('lists exactly the filters of the language', () => {
    expect(tableBelow(page, '### Filters')).toEqual(filterRows());
  });

  it('lists exactly the classes of outcomes, and names every outcome of an attempt', () => {
    const classes = tableBelow(page, '## Outcomes').map(([name]) => name);
    expect(classes).toEqual(outcomeClassNames.map((name) => `\`${name}\``));
    for (const outcome of outcomes) expect(page).toContain(`\`${outcome}\``);
  });
});
