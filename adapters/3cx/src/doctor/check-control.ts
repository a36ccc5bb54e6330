import { finding, type Finding } from '@finaz-telephony/core';
import * as v from 'valibot';
import { ask, mayNotControl, mayNotRead, shapeOf, type PbxWork } from '../pbx.ts';
import { found } from './found.ts';

const StateSchema = v.array(
  v.object({
    dn: v.nullish(v.string(), ''),
    type: v.nullish(v.string(), ''),
    devices: v.nullish(v.array(v.unknown()), []),
  }),
);

const monitor =
  'admin console, Integrations, API, the client: add every extension of an operator to the monitored extensions';

/** Whether calls can be controlled, and for which extensions. */
export async function* checkControl(work: PbxWork): AsyncGenerator<Finding> {
  const state = await found('call-control', async () =>
    shapeOf(
      StateSchema,
      await ask(work, 'GET', '/callcontrol', {
        isWithheld: true,
        meanings: {
          403: {
            ...mayNotControl,
            message: '3CX does not allow this API client to control calls.',
          },
          404: { ...mayNotControl, message: 'This 3CX has no Call Control.' },
        },
      }),
      undefined,
    ),
  );
  if (!state.is) {
    yield state.failure;
    return;
  }
  yield finding.ok('call-control', 'the API client may control calls');
  const extensions = state.is.filter(({ type }) => type.toLowerCase() === 'wextension');
  if (extensions.length === 0) {
    yield finding.broken(
      'extensions',
      'the API client sees no extension: no call can be placed',
      monitor,
    );
    return;
  }
  yield await unmonitored(work, new Set(extensions.map(({ dn }) => dn)));
  const reachable = extensions.filter(({ devices }) => devices.length > 0).length;
  yield reachable > 0
    ? finding.ok('phones', `${reachable} of ${extensions.length} monitored extensions have a phone`)
    : finding.warning(
        'phones',
        'no monitored extension has a registered phone at present',
        'start the phones or web clients of the operators',
      );
}

const UsersSchema = v.object({ value: v.array(v.object({ Number: v.nullish(v.string(), '') })) });

const pageRows = 100;
/** The doctor reads at most this many pages, so that it ends even if the list does not. */
const mostPages = 20;
/** How many extensions a finding names: as many as a person would read. */
const mostNamed = 10;

/** Extensions that this API client does not monitor: either no operator has them, or they were forgotten. */
async function unmonitored(work: PbxWork, monitored: ReadonlySet<string>): Promise<Finding> {
  const all = await found('extensions', () => numbersOfUsers(work));
  if (!all.is) {
    return finding.warning(
      'extensions',
      `${monitored.size} extensions are monitored; whether some are missing cannot be looked at (${all.failure.message})`,
      all.failure.mend ?? monitor,
    );
  }
  const missing = all.is.filter((number) => number !== '' && !monitored.has(number));
  if (missing.length === 0)
    return finding.ok('extensions', `all ${monitored.size} extensions are monitored`);
  const named = missing.slice(0, mostNamed).join(', ');
  const more = missing.length > mostNamed ? `, and ${missing.length - mostNamed} more` : '';
  return finding.warning(
    'extensions',
    `extensions that are not monitored can neither call nor transfer: ${named}${more}`,
    `where one of them is an operator's: ${monitor}`,
  );
}

async function numbersOfUsers(work: PbxWork): Promise<readonly string[]> {
  const numbers: string[] = [];
  for (let page = 0; page < mostPages; page += 1) {
    const path = `/xapi/v1/Users?$select=Number&$top=${pageRows}&$skip=${page * pageRows}`;
    const answer = await ask(work, 'GET', path, {
      meanings: { 403: mayNotRead },
      isWithheld: true,
    });
    const { value } = shapeOf(UsersSchema, answer, undefined);
    numbers.push(...value.map(({ Number: number }) => number));
    if (value.length < pageRows) break;
  }
  return numbers;
}
