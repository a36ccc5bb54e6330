import {
  startSimulator,
  type Simulator,
  type SimulatorOptions,
  type SimulatorRequest,
} from '../simulator.ts';
import { callRoutes, storageRoute } from './calls.ts';
import { failure } from './failure.ts';
import { mailingRoutes } from './mailings.ts';
import { reportRoute } from './report.ts';
import { ThreeCPlusState, type ReportedCall, type ThreeCPlusAgent } from './state.ts';

export interface ThreeCPlusOptions extends SimulatorOptions {
  readonly campaigns?: readonly string[] | undefined;
  readonly recordingRedirects?: boolean | undefined;
  readonly tellsNoCallId?: boolean | undefined;
  /** Whether pages of the report omit the total, as the vendor has announced for all. */
  readonly tellsNoTotal?: boolean | undefined;
}

export interface ThreeCPlusSimulator extends Simulator {
  /** The manager's token. */
  readonly token: string;
  /** The service token of all agents: `X-Agent-Id` says whose command it is. */
  readonly agentToken: string;
  readonly state: ThreeCPlusState;
  readonly dial: (campaign: string) => readonly ReportedCall[];
}

/** 3C Plus of one company: `{url}/api/v1`. */
export async function startThreeCPlus(
  options: ThreeCPlusOptions = {},
): Promise<ThreeCPlusSimulator> {
  const { now = Date.now, timeZone = 'America/Sao_Paulo', campaigns = ['42'] } = options;
  const token = '3cs_manager-s3nha';
  const agentToken = '3cs_agents-s3nha';
  const agent = (id: number, extension: string): ThreeCPlusAgent => ({
    id,
    extension,
    name: `Agente ${extension}`,
    token: `agente-${extension}-s3nha`,
    isIdle: true,
    isOnline: true,
    consulting: undefined,
  });
  const state = new ThreeCPlusState(now, [agent(77, '1001'), agent(78, '1002')], campaigns);
  const agentOf = (request: SimulatorRequest) => {
    const sent = tokenOf(request);
    return state.agents.find(({ id, token: own }) =>
      sent === agentToken ? String(id) === request.headers['x-agent-id'] : own === sent,
    );
  };
  const simulator = await startSimulator({
    guard: (request) =>
      request.path.startsWith('/storage/') || tokenOf(request) === token || agentOf(request)
        ? undefined
        : failure(401, 'Unauthorized', 'Token inválido.'),
    routes: [
      ...mailingRoutes(state),
      ...callRoutes(state, {
        recordingRedirects: options.recordingRedirects ?? false,
        tellsNoCallId: options.tellsNoCallId ?? false,
        agentOf,
      }),
      reportRoute(state, { timeZone, tellsNoTotal: options.tellsNoTotal ?? false }),
      storageRoute,
    ],
    unknownRoute: () => failure(404, 'Not Found', 'Rota não encontrada.'),
    port: options.port,
  });
  return { ...simulator, token, agentToken, state, dial: (campaign) => state.dial(campaign) };
}

function tokenOf({ headers, query }: SimulatorRequest): string | undefined {
  return (
    /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1] ?? query.get('api_token') ?? undefined
  );
}
