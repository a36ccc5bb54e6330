import { documentOf, type Things } from './filled-company.ts';
import type { Operation } from './operations.ts';
import type { AskInit } from './test-host.ts';

/** Whose things a request names, place by place. */
interface Naming {
  /** In the path, behind the company. */
  readonly path: Things;
  readonly body: Things;
  /** In these parameters of the query; in the others nothing. */
  readonly query: Things;
  readonly parameters: readonly string[];
}

/** Whose address is asked for. */
export interface Address {
  readonly things: Things;
  readonly vendor: { readonly url: string; readonly token: string };
}

export interface FilledRequest extends AskInit {
  readonly path: string;
}

const row = ({ contactId, person, cpf, number }: Things) => ({
  contactId,
  name: person,
  cpf,
  phones: [{ areaCode: '41', number }],
});
const phone = ({ number }: Things) => `41${number}`;

/** The values of the parameters of queries; of those that name nothing of a company, none. */
const queryValues: Readonly<Record<string, ((of: Things) => string) | undefined>> = {
  extension: ({ extension }) => extension,
  phone,
  number: phone,
  callId: ({ callId }) => callId,
  attemptId: ({ attemptId }) => attemptId,
  contactId: ({ contactId }) => contactId,
  queue: ({ queue }) => queue,
  connection: ({ connection }) => connection,
  parameters: ({ tenant, connection }) => JSON.stringify({ tenant, connection }),
  check: undefined,
  state: undefined,
  outcome: undefined,
  foreign: undefined,
  limit: undefined,
  before: undefined,
  // Places in a list of one's own: what another company's lead to has a test of its own.
  after: undefined,
  lastEventId: undefined,
};

const call = (of: Things) => ({
  queue: of.queue,
  extension: of.extension,
  areaCode: '41',
  number: of.number,
});
const ofCall = ({ callId, extension }: Things) => ({ callId, extension });
const transfer = (of: Things) => ({
  ...ofCall(of),
  queue: of.queue,
  destination: phone(of),
});
const trials = (of: Things) => [
  { feature: 'recording', input: ofCall(of) },
  { feature: 'transfer', input: transfer(of) },
  { feature: 'click2call', input: call(of) },
  { feature: 'contactLoad', input: { queue: of.queue, contact: row(of) } },
  { feature: 'contactClear', input: { queue: of.queue } },
];
const numbers = (of: Things) => [{ numbers: [phone(of)] }];

/** The bodies of each operation that takes one, with all that names something. */
const bodies: Readonly<Record<string, (of: Things, own: Address) => readonly unknown[]>> = {
  'PUT /v1/tenants/{tenant}': (of, { things, vendor }) => [
    documentOf(of, vendor.url),
    // A secret of theirs, named in one's own document.
    documentOf({ ...things, name: of.name }, vendor.url),
  ],
  'PUT /v1/tenants/{tenant}/secrets/{name}': (_, { vendor }) => [{ value: vendor.token }],
  'POST /v1/keys': ({ tenant }) => [{ tenantId: tenant, label: 'crm' }],
  'POST /v1/tenants/{tenant}/calls': (of) => [call(of)],
  'POST /v1/tenants/{tenant}/calls/{attemptId}/settle': ({ callId }) => [
    { state: 'ask' },
    { state: 'accepted', callId },
  ],
  'POST /v1/tenants/{tenant}/transfers': (of) => [transfer(of)],
  'POST /v1/tenants/{tenant}/connections/{connection}/preview': trials,
  'POST /v1/tenants/{tenant}/connections/{connection}/reply': (of) =>
    trials(of).map((trial) => ({ ...trial, replies: [{ status: 200, body: '{"ok":true}' }] })),
  'POST /v1/tenants/{tenant}/connections/{connection}/test': (of) => [{}, ...trials(of)],
  'POST /v1/tenants/{tenant}/mailings': (of) => [[row(of)]],
  'POST /v1/tenants/{tenant}/mailings/{mailing}/settle': ({ contactId }) => [
    { as: 'sent', contactIds: [contactId] },
    { as: 'failed' },
  ],
  'PUT /v1/tenants/{tenant}/do-not-call': numbers,
  'DELETE /v1/tenants/{tenant}/do-not-call': numbers,
};

/** What has to be in the query. */
const required: Readonly<Record<string, readonly string[]>> = {
  'POST /v1/tenants/{tenant}/mailings': ['queue'],
};

function inPath(operation: Operation, name: string, of: Things): string {
  const values = new Map(Object.entries(of));
  // The first one of one's own document.
  values.set('version', '1');
  const value = values.get(name);
  if (value !== undefined) return value;
  throw new Error(`${operation.name}: say in test/support/fill-operation.ts what {${name}} is`);
}

/** The parameters of an operation's query that name something of a company. */
function namingParameters(operation: Operation): readonly string[] {
  return operation.queryParameters.filter((name) => {
    if (Object.hasOwn(queryValues, name)) return queryValues[name] !== undefined;
    throw new Error(`${operation.name}: say in test/support/fill-operation.ts what ?${name} names`);
  });
}

function filled(
  operation: Operation,
  own: Address,
  { path, body, query, parameters }: Naming,
): readonly FilledRequest[] {
  const search = new URLSearchParams();
  for (const name of parameters) search.set(name, queryValues[name]?.(query) ?? '');
  for (const name of required[operation.name] ?? [])
    if (!search.has(name)) search.set(name, queryValues[name]?.(path) ?? '');
  const address = operation.path.replace(/\{(\w+)\}/g, (_, name: string) =>
    name === 'tenant' ? own.things.tenant : inPath(operation, name, path),
  );
  const request = { path: `${address}?${search.toString()}`, method: operation.method };
  if (!operation.hasBody) return [request];
  const fill = bodies[operation.name];
  if (!fill) throw new Error(`${operation.name}: say in test/support/fill-operation.ts its bodies`);
  return fill(body, own).map((json) => ({ ...request, json }));
}

/**
 * The requests of an operation that name these things in all of its places, one for each body that it may have.
 *
 * @throws {Error} where it has a place that nobody has said how to fill
 */
export const naming = (operation: Operation, address: Address, things: Things) =>
  filled(operation, address, {
    path: things,
    body: things,
    query: things,
    parameters: namingParameters(operation),
  });

/** Those that name their things in one place and one's own in the others, for each place; and in all of them. */
export function namingInTurn(operation: Operation, own: Address, theirs: Things) {
  const base: Naming = { path: own.things, body: own.things, query: theirs, parameters: [] };
  const places = operation.pathParameters.filter((name) => name !== 'tenant');
  const theirsAt = (place: string) =>
    Object.fromEntries(Object.entries(theirs).filter(([name]) => name === place));
  const inTurn: readonly Naming[] = [
    ...places.map((place) => ({ ...base, path: { ...own.things, ...theirsAt(place) } })),
    ...(operation.hasBody ? [{ ...base, body: theirs }] : []),
    ...namingParameters(operation).map((name) => ({ ...base, parameters: [name] })),
  ];
  return [
    ...inTurn.flatMap((each) => filled(operation, own, each)),
    ...naming(operation, own, theirs),
  ];
}
