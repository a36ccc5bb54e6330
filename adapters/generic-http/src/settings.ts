import {
  templateSettingsEntries,
  TemplateSettingsSchema,
  type TemplateSettings,
} from '@finaz-telephony/core/template';
import * as v from 'valibot';
import { isObject, mergeSettings } from './merge-settings.ts';
import type { Ask, Profile } from './profile.ts';
import { profiles } from './profiles.ts';

const names = [...profiles.keys()];
const listed = names.join(', ');

/** What a document may contain, for forms and editors. */
const WrittenSchema = v.strictObject({
  profile: v.pipe(
    v.optional(v.picklist(names)),
    v.description(
      `A vendor whose settings are known: ${listed}. All other keys are laid over them; null takes a key away.`,
    ),
  ),
  ...templateSettingsEntries,
});

const ExpandedSchema = v.pipe(v.unknown(), v.rawTransform(expandProfile), TemplateSettingsSchema);

/** The core's template, by itself or laid over a vendor's profile. Validated with the profile filled in; forms and editors see what a document may contain. */
export const GenericHttpSettingsSchema: v.GenericSchema<unknown, TemplateSettings> = Object.assign(
  {},
  ExpandedSchema,
  { entries: WrittenSchema.entries, pipe: [WrittenSchema] },
);

function expandProfile({
  dataset: { value },
  addIssue,
  NEVER,
}: v.RawTransformContext<unknown>): unknown {
  if (!isObject(value) || value['profile'] === undefined) return value;
  const { profile: name, ...own } = value;
  const issue = (path: readonly string[], message: string) =>
    addIssue({ message, path: pathOf(value, path) });
  const profile = typeof name === 'string' ? profiles.get(name) : undefined;
  if (!profile) {
    issue(['profile'], `there is no profile ${JSON.stringify(name)}; known: ${listed}`);
    return NEVER;
  }
  const merged = mergeSettings(profile.settings, own);
  for (const ask of profile.asks) {
    const path = ask.at.split('.');
    const problem = problemOf(ask, valueAt(merged, path), profile);
    if (problem !== undefined) issue(path, problem);
  }
  return merged;
}

function problemOf(ask: Ask, value: unknown, { title }: Profile): string | undefined {
  const what = `${ask.description.pt} / ${ask.description.en}; for example ${ask.example}`;
  if (value === undefined || value === '') return `${title} needs this: ${what}`;
  if (ask.pattern === undefined) return undefined;
  if (typeof value !== 'string' || !new RegExp(ask.pattern, 'u').test(value))
    return `is not as ${title} needs it: ${what}`;
  return undefined;
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce(
    (at, key) => (isObject(at) && Object.hasOwn(at, key) ? at[key] : undefined),
    value,
  );
}

function pathOf(
  input: Record<string, unknown>,
  path: readonly string[],
): [v.IssuePathItem, ...v.IssuePathItem[]] | undefined {
  const [first, ...rest] = path.map((key): v.IssuePathItem => ({
    type: 'unknown',
    origin: 'value',
    input,
    key,
    value: undefined,
  }));
  return first && [first, ...rest];
}
