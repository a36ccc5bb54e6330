import type { Route } from '../simulator.ts';
import type { ThreeCxOperator } from './exchange.ts';
import { collection, entity } from './odata.ts';
import type { Row } from './odata-filter.ts';
import type { ThreeCxState } from './state.ts';
import type { ThreeCxVersion } from './version.ts';

/** `Users` and `SystemStatus`: the configuration of the PBX. */
export function configurationRoutes(
  state: ThreeCxState,
  version: ThreeCxVersion,
): readonly Route[] {
  const users = () => [...state.operators.values()].map(userOf);
  return [
    {
      name: 'check',
      method: 'GET',
      pattern: /^\/xapi\/v1\/SystemStatus$/,
      handle: (request) =>
        entity(
          {
            Id: 0,
            Version: `${version}.123`,
            Activated: true,
            ExtensionsRegistered: users().filter(({ IsRegistered }) => IsRegistered === true)
              .length,
            ExtensionsTotal: state.operators.size,
            CallsActive: state.liveCalls().length,
            RecordingStopped: false,
          },
          request,
        ),
    },
    {
      name: 'users',
      method: 'GET',
      pattern: /^\/xapi\/v1\/Users$/,
      handle: (request) => collection(users(), request),
    },
    {
      name: 'users',
      method: 'GET',
      pattern: /^\/xapi\/v1\/Users\(([^)]*)\)$/,
      handle: (request) => entity(byKey(users(), request.parts[0] ?? ''), request),
    },
  ];
}

function userOf({ extension, name, devices, queueStatus }: ThreeCxOperator, at: number): Row {
  const [firstName, ...lastNames] = name.split(' ');
  return {
    Id: at + 30,
    Number: extension,
    FirstName: firstName,
    LastName: lastNames.join(' '),
    DisplayName: name,
    Enabled: true,
    IsRegistered: devices.length > 0,
    QueueStatus: queueStatus,
    CurrentProfileName: 'Available',
  };
}

/** The row of a key such as `12` or `Number='800'`. */
function byKey(rows: readonly Row[], key: string): Row | undefined {
  const number = /^Number='(.*)'$/.exec(key)?.[1]?.replaceAll("''", "'");
  return rows.find(({ Id, Number: own }) =>
    number === undefined ? Id === Number(key) : own === number,
  );
}
