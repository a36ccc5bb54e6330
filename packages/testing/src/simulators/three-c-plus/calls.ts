import { makeWav } from '../../vendor-server/wav.ts';
import { jsonReply } from '../replies.ts';
import type { Reply, Route, SimulatorRequest } from '../simulator.ts';
import { failure, invalid } from './failure.ts';
import type { ThreeCPlusAgent, ThreeCPlusState } from './state.ts';

export interface CallOptions {
  /** Whether a recording is given as a redirect to a storage address. */
  readonly recordingRedirects: boolean;
  /** Some servers answer a click2call with 204 and no id. */
  readonly tellsNoCallId: boolean;
  readonly agentOf: (request: SimulatorRequest) => ThreeCPlusAgent | undefined;
}

/** Calls of agents: placed, transferred, listened to. */
export function callRoutes(state: ThreeCPlusState, options: CallOptions): readonly Route[] {
  const asAgent =
    (handle: (agent: ThreeCPlusAgent, request: SimulatorRequest) => Reply) =>
    (request: SimulatorRequest) => {
      const agent = options.agentOf(request);
      return agent
        ? handle(agent, request)
        : failure(403, 'Forbidden', 'Somente o próprio agente pode executar esta ação.');
    };
  return [
    {
      method: 'POST',
      pattern: /^\/api\/v1\/click2call$/,
      handle({ parameters, text }) {
        const value = (name: string) => parameters.get(name) ?? fieldOf(text, name);
        const [extension, phone] = [value('extension'), value('phone')];
        if (!/^\d{10,11}$/.test(phone)) return invalid({ phone: ['O telefone é inválido.'] });
        const agent = state.agents.find((each) => each.extension === extension);
        if (!agent?.isIdle) return invalid({ extension: ['O agente não está ocioso ou logado.'] });
        const call = state.telephony.place(extension, phone, 'manual');
        if (options.tellsNoCallId) return { status: 204 };
        return jsonReply(200, {
          call: { id: call.id, number: phone },
          agent: { name: agent.name, telephony_id: `SIP/${extension}` },
        });
      },
    },
    {
      method: 'POST',
      pattern: /^\/api\/v1\/agent\/consult(\/queue)?$/,
      handle: asAgent((agent, { parameters, text, parts: [queue = ''] }) => {
        const name = queue === '' ? 'consultedId' : 'queueId';
        const target = parameters.get(name) ?? fieldOf(text, name);
        if (!state.telephony.liveCallOf(agent.extension))
          return failure(400, 'Bad Request', 'O agente não está em ligação.');
        if (queue === '' && state.agents.find(({ id }) => String(id) === target)?.isOnline !== true)
          return failure(400, 'Bad Request', 'O agente consultado está offline.');
        agent.consulting = target;
        return { status: 204 };
      }),
    },
    {
      method: 'POST',
      pattern: /^\/api\/v1\/agent\/consult\/transfer$/,
      handle: asAgent((agent) => {
        const call = state.telephony.liveCallOf(agent.extension);
        if (!call || agent.consulting === undefined)
          return failure(400, 'Bad Request', 'Não há consulta em andamento.');
        call.transferredTo = agent.consulting;
        agent.consulting = undefined;
        return { status: 204 };
      }),
    },
    {
      method: 'GET',
      pattern: /^\/api\/v1\/calls\/([^/]+)\/recording$/,
      handle({ parts: [id = ''] }) {
        const call = state.telephony.calls.get(id);
        if (call?.end !== 'answered') return failure(404, 'Not Found', 'Gravação não encontrada.');
        return options.recordingRedirects
          ? { status: 302, headers: { Location: `/storage/${id}.wav?signature=5f0c` } }
          : { headers: { 'Content-Type': 'audio/wav' }, body: makeWav(8044) };
      },
    },
  ];
}

/** Storage requires the signature in its address, and no token. */
export const storageRoute: Route = {
  method: 'GET',
  pattern: /^\/storage\/([^/]+)\.wav$/,
  handle: ({ query }) =>
    query.get('signature') === '5f0c'
      ? { headers: { 'Content-Type': 'application/octet-stream' }, body: makeWav(8044) }
      : failure(403, 'Forbidden', 'Assinatura inválida.'),
};

/** The vendor documents a form; JSON is accepted as well. */
function fieldOf(text: string, name: string): string {
  const match = new RegExp(`"${name}"\\s*:\\s*"?([^",}]*)`).exec(text);
  return match?.[1] ?? '';
}
