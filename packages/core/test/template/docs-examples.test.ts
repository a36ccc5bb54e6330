import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as v from 'valibot';
import { FeatureNameSchema, TelephonyError } from '../../src/index.ts';
import { filters } from '../../src/template/filters.ts';
import { featureVariables, replyVariables } from '../../src/template/index.ts';
import { runFeature } from '../support/run-feature.ts';

const page = readFileSync(new URL('../../../../docs/template.md', import.meta.url), 'utf8');

const ExampleSchema = v.strictObject({
  feature: FeatureNameSchema,
  settings: v.unknown(),
  input: v.optional(v.record(v.string(), v.string()), {}),
  reply: v.object({ status: v.number(), body: v.string() }),
  request: v.object({
    method: v.string(),
    url: v.string(),
    headers: v.optional(v.record(v.string(), v.string()), {}),
    body: v.optional(v.string(), ''),
  }),
  result: v.optional(v.unknown()),
  error: v.optional(v.object({ code: v.string(), vendor: v.unknown() })),
});

const examples = [...page.matchAll(/```json template-example\n([\s\S]*?)```/g)].map((match) =>
  v.parse(ExampleSchema, JSON.parse(match[1] ?? '')),
);

/** What the page says of an error: its code and the vendor's words. */
function shown(ended: unknown): unknown {
  if (!TelephonyError.isInstance(ended)) return ended;
  return {
    code: ended.code,
    vendor: { status: ended.vendor?.status, message: ended.vendor?.message },
  };
}

describe('docs/template.md', () => {
  it('has examples', () => {
    expect(examples.length).toBeGreaterThanOrEqual(5);
  });

  it.each(examples.map((example, index) => [index + 1, example.feature, example] as const))(
    'example %i, %s, does what it says',
    async (_index, _feature, example) => {
      const { context, result } = runFeature(
        example.feature,
        example.settings,
        example.reply,
        example.input,
      );
      const ended: unknown = await result.catch((thrown: unknown) => thrown);
      expect(shown(ended)).toEqual(example.error ?? example.result);
      expect(context.sent).toEqual([
        { ...example.request, headers: expect.objectContaining(example.request.headers) },
      ]);
    },
  );

  it('names every variable and every filter', () => {
    const names = Object.values(featureVariables).flatMap((table) => Object.keys(table));
    for (const name of [...names, ...Object.keys(replyVariables)].filter(
      (known) => !/^(areaCode|number)[2-4]$/.test(known),
    )) {
      expect({ name, isNamed: new RegExp(`\`${name}[\`.:]`).test(page) }).toEqual({
        name,
        isNamed: true,
      });
    }
    for (const name of Object.keys(filters))
      expect({ name, isNamed: new RegExp(`\`${name}[\`:]`).test(page) }).toEqual({
        name,
        isNamed: true,
      });
  });
});
