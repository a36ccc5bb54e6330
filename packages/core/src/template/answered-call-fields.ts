import * as v from 'valibot';
import { issueMessage } from '../errors/issue-message.ts';
import { AnsweredCallSchema, type AnsweredCall } from '../values/answered-call.ts';
import { isNoValue } from '../values/no-value.ts';
import type { DocumentCompiler } from './compile-document.ts';
import type { Scope } from './scope.ts';
import type { TemplateSettings } from './settings-schema.ts';

type Settings = NonNullable<TemplateSettings['answeredCall']>;

/** What is read of one event: the call, or what is wrong with it. */
export type ReadCall = { readonly call: AnsweredCall } | { readonly unreadable: string };

/** The manual's own names, where a document says nothing else. */
const manualFields = {
  contactId: '{{ query.pid }}',
  number: '{{ query.num }}',
  callId: '{{ query.cid }}',
  extension: '{{ query.ramal }}',
};

/** Compiles the reading of one answered call, from a notification or from one row of it. */
export function compileCallFields(
  settings: Pick<Settings, 'fields' | 'rows'>,
  compiler: DocumentCompiler,
): (scope: Scope) => ReadCall {
  const path = ['answeredCall', 'fields'];
  const faults = compiler.issues.length;
  const fields = Object.entries(settings.fields ?? manualFields).map(
    ([name, source]) => [name, compiler.text(source ?? '', [...path, name])] as const,
  );
  const isSound = compiler.issues.length === faults;
  if (settings.rows !== undefined && isSound && !fields.some(([, { reads }]) => reads.has('row')))
    compiler.report(path, 'reads nothing of {{ row… }}: all rows would be the same call');
  return (scope) =>
    readCall(fields.map(([name, template]) => [name, template.render(scope).trim()]));
}

function readCall(values: readonly (readonly [string, string])[]): ReadCall {
  const call = Object.fromEntries(
    values.filter(([, value]) => value !== '' && !isPlaceholder(value)),
  );
  const number = call['number']?.replace(/(?!^\+)\D/g, '');
  const parsed = v.safeParse(AnsweredCallSchema, {
    ...call,
    ...(number !== undefined && { number }),
  });
  if (parsed.success) return { call: parsed.output };
  return {
    unreadable: parsed.issues
      .map((issue) => `${v.getDotPath(issue) ?? ''}: ${issueMessage(issue)}`)
      .join('; '),
  };
}

/** What the telephone system was to put a value in place of, and had none: `--A--uniqueid--B--`, `<CID>`, `{cid}`, `${cid}`; or what it puts there then. */
const isPlaceholder = (value: string) =>
  isNoValue(value) || /^(?:--A--\w*--B--|<\w+>|\{{1,2}\s*\w+\s*\}{1,2}|\$\{\w+\})$/.test(value);
