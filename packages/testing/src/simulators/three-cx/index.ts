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
  /** Extensions and queues that the app is configured to monitor; by default all. The app always sees its own route point. */
  readonly monitored?: readonly string[];
  /** Role of the app: a user sees nothing of the XAPI, and recordings are for the owner alone. */
  readonly role?: 'System Admin' | 'System Owner' | 'User';
  /** Whether the app's box for call control is ticked. */
  readonly callControl?: boolean;
  /** Milliseconds from the end of a call until it is in the reports. */
  readonly rowAfterMs?: number;
  /** Milliseconds from the end of a call until its recording is available. */
  readonly recordingAfterMs?: number;
  /** The parameter REPORT_ROW_LIMIT: a report only has its newest rows up to this number, on all of its pages together. */
  readonly reportRowLimit?: number;
  readonly assumptions?: Partial<ThreeCxAssumptions>;
}

export interface ThreeCxSimulator extends Simulator {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly state: ThreeCxState;
  /** Advances time: phones are picked up, customers answer, rows are written. */
  readonly pass: (ms: number) => void;
  /** Another process takes a token with the same client, which invalidates the previous one. */
  readonly loginElsewhere: () => void;
  /** Runs `happens` right before the next request whose path matches, for instance to let the customer hang up. */
  readonly before: (path: RegExp, happens: () => void) => void;
  /** Refuses the next requested call. @returns the words of the refusal */
  readonly refuseNextCall: (status?: 422 | 424) => string;
}

/**
 * 3CX v20 with an app that has call control and the XAPI. Its single token, its calls with operators and customers, reports and recordings follow
 * the documentation, the official OpenAPI file and reports of people who run it. People and reports take their time: `now` gives the time, by default
 * the real one, and `pass` advances it.
 *
 * None of it was compared with a real PBX. Open questions are listed in `ThreeCxAssumptions`. Other guesses are: the words of `Reason`, the bodies of 403, 422
 * and 424, whether a busy or unregistered phone is a 422 or a 424, how long rows and recordings take, that an operator who does not pick up leaves no row, which
 * ids the rows of a transferred call share besides `MainCallHistoryId`, that the leg of the transferring party stays connected until the other end answers,
 * and that at most 100 entities are returned without `$top`. Left out is what no adapter here uses:
 * the socket `/callcontrol/ws`, audio streams, `routeto`, the phonebook, active calls, queues of the XAPI, and `CallHistoryView`.
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
