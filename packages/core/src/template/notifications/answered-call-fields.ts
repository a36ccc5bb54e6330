import * as v from 'valibot';
import { issueMessage } from '../../errors/issue-message.ts';
import type { ReadField } from '../../reading.ts';
import { AnsweredCallSchema, type AnsweredCall } from '../../values/answered-call.ts';
import { isNoValue } from '../../values/no-value.ts';
import { plainNumber } from '../../values/plain-number.ts';
import type { DocumentPlace } from '../language/document-place.ts';
import { renderedOrNothing } from '../language/explain.ts';
import type { Scope } from '../language/scope.ts';
import type { TemplateSettings } from '../settings-schema.ts';

type Settings = NonNullable<TemplateSettings['answeredCall']>;

/** What is read of one event: the call, or what is wrong with it. */
export type ReadCall = { readonly call: AnsweredCall } | { readonly unreadable: string };

export interface CallFields {
  readonly read: (scope: Scope) => ReadCall;
  /** What each field has read, for people who try a sample. */
  readonly explained: (scope: Scope) => readonly ReadField[];
}

/** The manual's own names, used if a document specifies none. */
const manualFields = {
  contactId: '{{ query.pid }}',
  number: '{{ query.num }}',
  callId: '{{ query.cid }}',
  extension: '{{ query.ramal }}',
};

/** Compiles the reading of one answered call, from a notification or from one row of it. */
export function compileCallFields(
  settings: Pick<Settings, 'fields' | 'rows'>,
  place: DocumentPlace,
): CallFields {
  const faults = place.issues.length;
  const fields = Object.entries(settings.fields ?? manualFields).map(([name, source = '']) => ({
    name,
    source,
    template: place.at(name).text(source),
  }));
  const isSound = place.issues.length === faults;
  if (
    settings.rows !== undefined &&
    isSound &&
    !fields.some(({ template }) => template.reads.has('row'))
  )
    place.report('reads nothing of {{ row… }}: all rows would be the same call');
  return {
    read: (scope) =>
      readCall(fields.map(({ name, template }) => [name, template.render(scope).trim()])),
    explained: (scope) =>
      fields
        .filter(({ template }) => !template.isLiteral)
        .map(({ name, source, template }) => ({
          name,
          expression: source,
          reads: template.inputs(scope),
          value: renderedOrNothing(template, scope),
        })),
  };
}

function readCall(values: readonly (readonly [string, string])[]): ReadCall {
  const call = Object.fromEntries(values.filter(([, value]) => value !== '' && !isNoValue(value)));
  const { number } = call;
  const parsed = v.safeParse(AnsweredCallSchema, {
    ...call,
    ...(number !== undefined && { number: plainNumber(number) }),
  });
  if (parsed.success) return { call: parsed.output };
  return {
    unreadable: parsed.issues
      .map((issue) => `${v.getDotPath(issue) ?? ''}: ${issueMessage(issue)}`)
      .join('; '),
  };
}
