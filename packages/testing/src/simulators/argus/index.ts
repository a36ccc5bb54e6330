import { jsonReply } from '../replies.ts';
import { startSimulator, type Simulator, type SimulatorOptions } from '../simulator.ts';
import { detailedCallsRoute, refusal, type ArgusCall } from './report.ts';

export interface ArgusOptions extends SimulatorOptions {
  readonly pageSize?: number | undefined;
  readonly repeatsCursor?: boolean | undefined;
}

export interface ArgusSimulator extends Simulator {
  readonly token: string;
  readonly calls: readonly ArgusCall[];
  /** Adds a call of the dialer. */
  readonly addCall: (call: Omit<ArgusCall, 'id'>) => ArgusCall;
}

/** Argus: `{url}/apiargus`. Only its reports are publicly known. */
export async function startArgus(options: ArgusOptions = {}): Promise<ArgusSimulator> {
  const {
    now = Date.now,
    timeZone = 'America/Sao_Paulo',
    pageSize = 100,
    repeatsCursor = false,
  } = options;
  const token = 'argus-s3nha';
  const calls: ArgusCall[] = [];
  const simulator = await startSimulator({
    guard: ({ headers }) =>
      headers['token-signature'] === token
        ? undefined
        : jsonReply(403, { codStatus: -1, descStatus: 'Token inválido' }),
    routes: [
      detailedCallsRoute(calls, now, { pageSize, repeatsCursor, timeZone }),
      {
        method: 'POST',
        pattern: /^\/apiargus\/report\/mailingsdiscador$/,
        handle: () =>
          jsonReply(200, {
            codStatus: 1,
            descStatus: 'Sucesso',
            mailings: [{ idLote: 12, lote: 'Finaz' }],
          }),
      },
      {
        method: 'GET',
        pattern: /^\/apiargus\/cmd\/statusoperador$/,
        handle: ({ query }) =>
          query.get('ramal') === '1001'
            ? jsonReply(200, { codStatus: 1, descStatus: 'Sucesso', status: 'DISPONIVEL' })
            : refusal(0, 'Ramal não encontrado'),
      },
    ],
    unknownRoute: () => refusal(-9, 'Método não encontrado'),
    port: options.port,
  });
  return {
    ...simulator,
    token,
    calls,
    addCall(call) {
      const made = { ...call, id: 9_007_199_254_740_000 + calls.length };
      calls.push(made);
      return made;
    },
  };
}
