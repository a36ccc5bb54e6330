import type { TemplateSettings } from './settings-schema.ts';

interface WithCaptures {
  readonly capture: Readonly<Record<string, string>>;
  readonly steps?: readonly { readonly capture: Readonly<Record<string, string>> }[] | undefined;
}

const capturesOf = ({ capture, steps = [] }: WithCaptures): string[] =>
  [...steps.map((step) => step.capture), capture].flatMap((names) => Object.keys(names));

/** The names that a document itself declares: what it captures, the columns of its tables. A typo is found when it is saved. */
export function declaredMembers(
  settings: TemplateSettings,
): Readonly<Record<string, readonly string[]>> {
  const { session, contactLoad } = settings;
  const features: readonly (WithCaptures | undefined)[] = [
    settings.click2call,
    settings.transfer,
    settings.recording,
    settings.contactClear,
    contactLoad,
    settings.dialerResults,
    settings.check,
    contactLoad?.find,
    ...(['prepare', 'activate', 'deactivate'] as const).flatMap(
      (moment) => contactLoad?.[moment] ?? [],
    ),
  ];
  const columns = (table: Readonly<Record<string, Readonly<Record<string, unknown>>>>) => [
    ...new Set(Object.values(table).flatMap((row) => Object.keys(row))),
  ];
  return {
    captures: [
      ...new Set([...features, session].flatMap((feature) => (feature ? capturesOf(feature) : []))),
    ],
    session: session ? capturesOf(session) : [],
    ...tableMembers('operator', columns(settings.operators)),
    ...tableMembers('queueSettings', columns(settings.queues)),
  };
}

/** Without a table its columns cannot be checked: an expression that reads one fails when it is used, and the error names the table. */
function tableMembers(name: string, columns: readonly string[]): Record<string, readonly string[]> {
  return columns.length === 0 ? {} : { [name]: columns };
}
