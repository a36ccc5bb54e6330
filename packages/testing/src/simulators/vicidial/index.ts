import { makeWav } from '../../vendor-server/wav.ts';
import { htmlReply } from '../replies.ts';
import {
  startSimulator,
  type Reply,
  type Route,
  type Simulator,
  type SimulatorOptions,
  type SimulatorRequest,
} from '../simulator.ts';
import { answerAgentApi } from './agent-api.ts';
import { answerCallReportExport } from './call-report-export.ts';
import { answerListLoader } from './list-loader.ts';
import { isUser, VicidialLogin } from './login.ts';
import { answerNonAgentApi } from './non-agent-api.ts';
import { startCallUrl } from './start-call-url.ts';
import { VicidialState, type ReportedCall, type VicidialUser } from './state.ts';

export interface VicidialOptions extends SimulatorOptions {
  readonly agents?: readonly { readonly user: string; readonly extension: string }[] | undefined;
  /** Lists that are defined. */
  readonly lists?: readonly string[] | undefined;
  readonly pollsUntilPlaced?: number | undefined;
  readonly mayDeleteLeads?: boolean | undefined;
  readonly mayExport?: boolean | undefined;
}

export interface VicidialSimulator extends Simulator {
  readonly user: string;
  readonly pass: string;
  readonly state: VicidialState;
  /** Dials a list; calls that reach an agent are reported to the campaign's Start Call URL. */
  readonly dial: (list: string) => Promise<readonly ReportedCall[]>;
  readonly setStartCallUrl: (url: string) => void;
}

/** VICIdial: agent API, non-agent API and list loader, as documented. */
export async function startVicidial(options: VicidialOptions = {}): Promise<VicidialSimulator> {
  const {
    now = Date.now,
    timeZone = 'America/Sao_Paulo',
    agents = [{ user: '6001', extension: '1001' }],
    lists = ['101'],
  } = options;
  const user: VicidialUser = {
    user: 'finaz',
    pass: 'vicidial-s3nha',
    mayDeleteLeads: options.mayDeleteLeads ?? true,
    mayExport: options.mayExport ?? true,
  };
  const state = new VicidialState(now, agents, lists, options.pollsUntilPlaced ?? 3);
  const login = new VicidialLogin([user]);
  let eventUrl = '';

  const byParameters =
    (kind: 'agent' | 'admin', answer: (request: SimulatorRequest, who: VicidialUser) => Reply) =>
    (request: SimulatorRequest) => {
      const who = login.byParameters(request, kind);
      return isUser(who) ? answer(request, who) : who;
    };
  const byBasic =
    (answer: (request: SimulatorRequest, who: VicidialUser) => Reply) =>
    (request: SimulatorRequest) => {
      const who = login.byBasic(request);
      return isUser(who) ? answer(request, who) : who;
    };
  const agentApi = byParameters('agent', (request) => answerAgentApi(request, state));
  const nonAgentApi = byParameters('admin', (request, who) =>
    answerNonAgentApi(request, { state, user: who, timeZone, url: simulator.url }),
  );
  const routes: readonly Route[] = [
    { method: 'GET', pattern: /^\/agc\/api\.php$/, handle: agentApi },
    { method: 'POST', pattern: /^\/agc\/api\.php$/, handle: agentApi },
    { method: 'GET', pattern: /^\/vicidial\/non_agent_api\.php$/, handle: nonAgentApi },
    { method: 'POST', pattern: /^\/vicidial\/non_agent_api\.php$/, handle: nonAgentApi },
    {
      method: 'GET',
      pattern: /^\/vicidial\/call_report_export\.php$/,
      handle: byBasic((request, who) => answerCallReportExport(request, state, who, timeZone)),
    },
    {
      method: 'POST',
      pattern: /^\/vicidial\/admin_listloader_fifth_gen\.php$/,
      handle: byBasic((request) => answerListLoader(request, state)),
    },
    {
      method: 'GET',
      pattern: /^\/RECORDINGS\/.*-(M\d+)-all\.wav$/,
      handle: ({ parts: [id = ''] }) =>
        state.telephony.calls.has(id)
          ? { headers: { 'Content-Type': 'audio/x-wav' }, body: makeWav(8044) }
          : htmlReply('Not Found', 404),
    },
  ];
  const simulator = await startSimulator({
    routes,
    unknownRoute: () => htmlReply('<H1>Object not found!</H1>', 404),
    port: options.port,
  });
  return {
    ...simulator,
    user: user.user,
    pass: user.pass,
    state,
    async dial(list) {
      const dialed = state.dial(list);
      for (const call of dialed)
        if (call.extension !== undefined && eventUrl !== '')
          await fetch(startCallUrl(eventUrl, call, state));
      return dialed;
    },
    setStartCallUrl: (url) => {
      eventUrl = url;
    },
  };
}
