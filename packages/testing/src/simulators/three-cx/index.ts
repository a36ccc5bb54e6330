import { startSimulator, type Simulator, type SimulatorOptions } from '../simulator.ts';
import { carefulAssumptions, type ThreeCxAssumptions } from './assumptions.ts';
import { callControlRoutes } from './call-control.ts';
import { configurationRoutes } from './configuration.ts';
import {
  usualOperators,
  usualQueues,
  type ThreeCxOperator,
  type ThreeCxQueue,
} from './exchange.ts';
import { odataFailure } from './odata.ts';
import { usualPeople, type ThreeCxPeople } from './people.ts';
import { recordingRoutes } from './recordings.ts';
import { reportRoutes } from './reports.ts';
import { ThreeCxState } from './state.ts';
import { ThreeCxTokens } from './tokens.ts';
import { isSince, type ThreeCxVersion } from './version.ts';

export type { ThreeCxAssumptions } from './assumptions.ts';
export { operatorWith } from './exchange.ts';

export interface ThreeCxOptions extends SimulatorOptions {
  readonly version?: ThreeCxVersion;
  readonly operators?: readonly ThreeCxOperator[];
  readonly queues?: readonly ThreeCxQueue[];
  readonly people?: Partial<ThreeCxPeople>;
  /** Extensions and queues to monitor, as set up for the app; without it, all. Its own route point it always sees. */
  readonly monitored?: readonly string[];
  /** Of the app: a user sees nothing of the XAPI, and recordings are for the owner alone. */
  readonly role?: 'System Admin' | 'System Owner' | 'User';
  /** Whether the app's box for call control is ticked. */
  readonly callControl?: boolean;
  /** From the end of a call until the reports have it. */
  readonly rowAfterMs?: number;
  /** From the end of a call until its recording is there. */
  readonly recordingAfterMs?: number;
  /** The parameter REPORT_ROW_LIMIT: a report has no more than its newest rows, on all of its pages together. */
  readonly reportRowLimit?: number;
  readonly assumptions?: Partial<ThreeCxAssumptions>;
}

export interface ThreeCxSimulator extends Simulator {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly state: ThreeCxState;
  /** Time goes on: phones are lifted, customers answer, rows are written. */
  readonly pass: (ms: number) => void;
  /** Another process takes a token with the same client, which kills the one before it. */
  readonly loginElsewhere: () => void;
  /** Right before the next request whose path matches, this happens: the customer hangs up, for instance. */
  readonly before: (path: RegExp, happens: () => void) => void;
  /** The next call that is asked for is refused. @returns the words */
  readonly refuseNextCall: (status?: 422 | 424) => string;
}

/**
 * 3CX v20 with an app that has call control and the XAPI. Its one token, calls with operators and customers at their phones, reports and recordings are those
 * that the documents, the official OpenAPI file and reports of those who run it tell of. People and reports take their time: `now` says what time it is, the
 * real one where it is not given, and `pass` puts it forward.
 *
 * None of it was held against a real PBX. What is open is listed in `ThreeCxAssumptions`. Guesses besides are: the words of `Reason`, the bodies of 403, 422
 * and 424, whether a busy or unregistered phone is a 422 or a 424, how long rows and recordings take, that an operator who does not lift leaves no row, which
 * ids the rows of a transferred call share besides `MainCallHistoryId`, that the leg of the one who transfers stays connected until the other end answers,
 * and that no more than 100 entities come without `$top`. Left out is what no adapter here asks for:
 * the socket `/callcontrol/ws`, streams of audio, `routeto`, the phonebook, active calls, queues of the XAPI, and `CallHistoryView`.
 */
export async function startThreeCx(options: ThreeCxOptions = {}): Promise<ThreeCxSimulator> {
  const { version = '20.0.10', role = 'System Owner', callControl = true } = options;
  const assumptions = { ...carefulAssumptions, ...options.assumptions };
  const client = { clientId: '8300', clientSecret: '3cx-s3nha' };
  const clock = options.now ?? Date.now;
  let passed = 0;
  const now = () => clock() + passed;
  const state = new ThreeCxState({
    now,
    operators: options.operators ?? usualOperators(),
    queues: options.queues ?? usualQueues,
    routePoint: client.clientId,
    people: { ...usualPeople, ...options.people },
    assumptions,
    rowAfterMs: options.rowAfterMs ?? 5000,
    recordingAfterMs: options.recordingAfterMs ?? 15_000,
  });
  const tokens = new ThreeCxTokens({
    ...client,
    now,
    wrongSecretStatus: assumptions.wrongSecretStatus,
    expiresInMinutes: !isSince(version, 9),
  });
  const monitored = options.monitored ?? [
    ...state.operators.keys(),
    ...state.queues.map(({ number }) => number),
  ];
  const coming: { readonly path: RegExp; readonly happens: () => void }[] = [];
  const simulator = await startSimulator({
    guard(request) {
      const at = coming.findIndex(({ path }) => path.test(request.path));
      if (at >= 0) coming.splice(at, 1)[0]?.happens();
      if (request.path === '/connect/token') return undefined;
      const refused = tokens.refuse(request);
      if (refused) return refused;
      return isGranted(request.path, role, callControl) ? undefined : { status: 403 };
    },
    routes: [
      tokens.route,
      ...callControlRoutes(state, { routePoint: client.clientId, monitored, assumptions }),
      ...configurationRoutes(state, version),
      ...reportRoutes(state, { version, assumptions, rowLimit: options.reportRowLimit ?? 20_000 }),
      ...recordingRoutes(state),
    ],
    unknownRoute: () => odataFailure(404, 'Not Found'),
    port: options.port,
    now,
  });
  return {
    ...simulator,
    ...client,
    state,
    pass: (ms) => {
      passed += ms;
    },
    loginElsewhere: () => {
      tokens.issue();
    },
    before: (path, happens) => coming.push({ path, happens }),
    refuseNextCall(status = 422) {
      const words = 'Device is not available';
      state.refusal = { status, reason: 'Failed', words };
      return words;
    },
  };
}

function isGranted(path: string, role: ThreeCxOptions['role'], callControl: boolean): boolean {
  if (path.startsWith('/callcontrol')) return callControl;
  if (/^\/xapi\/v1\/Recordings\b/.test(path)) return role === 'System Owner';
  return role !== 'User';
}
