import { startSimulator, type Simulator, type SimulatorOptions } from '../simulator.ts';
import { callRoutes } from './calls.ts';
import { failure, success } from './envelope.ts';
import { reportRoute } from './report.ts';
import { TotalVoiceState } from './state.ts';

export interface TotalVoiceOptions extends SimulatorOptions {
  readonly extensions?: readonly string[] | undefined;
}

export interface TotalVoiceSimulator extends Simulator {
  readonly token: string;
  readonly state: TotalVoiceState;
  /** Ends every call in progress. @returns how many */
  readonly finish: () => number;
}

/** TotalVoice, now Zenvia Voz. */
export async function startTotalVoice(
  options: TotalVoiceOptions = {},
): Promise<TotalVoiceSimulator> {
  const { now = Date.now, timeZone = 'America/Sao_Paulo', extensions = ['4000', '4001'] } = options;
  const token = 'totalvoice-s3nha';
  const state = new TotalVoiceState(now, extensions);
  const simulator = await startSimulator({
    guard: ({ headers, path }) =>
      path.startsWith('/storage/') || headers['access-token'] === token
        ? undefined
        : failure(403, 40, 'Não foi possível autenticar: Access-Token inválido'),
    routes: [
      reportRoute(state, timeZone),
      ...callRoutes(state, timeZone),
      { method: 'GET', pattern: /^\/saldo$/, handle: () => success('saldo atual', { saldo: 100 }) },
    ],
    unknownRoute: () => failure(404, 90, 'Caminho não encontrado'),
    port: options.port,
  });
  return { ...simulator, token, state, finish: () => state.finish() };
}
