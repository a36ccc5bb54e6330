import { startSimulator, type Simulator, type SimulatorOptions } from '../simulator.ts';
import { routesOf } from './routes.ts';
import { UContactState } from './state.ts';

export interface UContactOptions extends SimulatorOptions {
  readonly extensions?: readonly string[] | undefined;
}

export interface UContactSimulator extends Simulator {
  readonly user: string;
  readonly password: string;
  readonly state: UContactState;
}

/** uContact: a login whose token is sent in place of Basic credentials. */
export async function startUContact(options: UContactOptions = {}): Promise<UContactSimulator> {
  const { now = Date.now, extensions = ['1001', '1002'] } = options;
  const login = { user: 'finaz', password: 'ucontact-s3nha' };
  const state = new UContactState(now, extensions);
  const simulator = await startSimulator({
    guard({ path, headers }) {
      if (path === '/Integra/resources/auth/getUserToken') return undefined;
      const token = /^Basic (.+)$/.exec(headers.authorization ?? '')?.[1];
      return token !== undefined && state.holds(token)
        ? undefined
        : { status: 401, headers: { 'Content-Type': 'text/plain' }, body: 'Unauthorized' };
    },
    routes: routesOf(state, login),
    unknownRoute: () => ({ status: 404, headers: { 'Content-Type': 'text/plain' }, body: 'ERROR' }),
    port: options.port,
  });
  return { ...simulator, ...login, state };
}
