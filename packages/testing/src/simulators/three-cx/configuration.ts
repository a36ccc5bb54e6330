import type { Route } from '../simulator.ts';
import type { ThreeCxOperator, ThreeCxQueue } from './exchange.ts';
import { collection, entity, odataFailure } from './odata.ts';
import type { Row } from './odata-filter.ts';
import type { ThreeCxState } from './state.ts';
import type { ThreeCxVersion } from './version.ts';

/** `Users`, `Queues` and `SystemStatus`: how the PBX is set up. */
export function configurationRoutes(
  state: ThreeCxState,
  version: ThreeCxVersion,
): readonly Route[] {
  const users = () => [...state.operators.values()].map(userOf);
  const queues = () => state.queues.map((queue) => queueOf(queue, state));
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
    {
      name: 'queues',
      method: 'GET',
      pattern: /^\/xapi\/v1\/Queues$/,
      handle: (request) => collection(queues().map(expandedAs(request.query)), request),
    },
    {
      name: 'queues',
      method: 'GET',
      pattern: /^\/xapi\/v1\/Queues\(([^)]*)\)$/,
      handle: (request) => {
        const queue = byKey(queues(), request.parts[0] ?? '');
        return entity(queue && expandedAs(request.query)(queue), request);
      },
    },
    {
      name: 'queues',
      method: 'GET',
      pattern: /^\/xapi\/v1\/Queues\((\d+)\)\/Agents$/,
      handle: (request) => {
        const queue = state.queues.find(({ id }) => String(id) === request.parts[0]);
        return queue ? collection(agentsOf(queue, state), request) : odataFailure(404, 'Not Found');
      },
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

function queueOf(queue: ThreeCxQueue, state: ThreeCxState): Row {
  return {
    Id: queue.id,
    Number: queue.number,
    Name: queue.name,
    PollingStrategy: 'Hunt',
    RingTimeout: 20,
    MaxCallersInQueue: 20,
    WrapUpTime: 10,
    Recording: 'Disabled',
    Agents: agentsOf(queue, state),
  };
}

function agentsOf({ agents }: ThreeCxQueue, state: ThreeCxState): readonly Row[] {
  return agents.map((agent, at) => ({
    Id: at + 1,
    Number: agent,
    Name: state.operators.get(agent)?.name,
  }));
}

/** What belongs to another table comes only where `$expand` asks for it. */
function expandedAs(query: URLSearchParams): (row: Row) => Row {
  const isExpanded = (query.get('$expand') ?? '').split(',').includes('Agents');
  return (row) =>
    Object.fromEntries(Object.entries(row).filter(([name]) => name !== 'Agents' || isExpanded));
}

/** By `12`, or by `Number='800'`. */
function byKey(rows: readonly Row[], key: string): Row | undefined {
  const number = /^Number='(.*)'$/.exec(key)?.[1]?.replaceAll("''", "'");
  return rows.find(({ Id, Number: own }) =>
    number === undefined ? Id === Number(key) : own === number,
  );
}
