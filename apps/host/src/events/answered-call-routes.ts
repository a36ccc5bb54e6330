import { Hono } from 'hono';
import type { LoggedWorkplace } from '../adapter-work/in-context.ts';
import type { HostEnv } from '../http/host-env.ts';
import { createCallbackRoutes } from './callback-routes.ts';
import { createEventGate, type EventGateDependencies } from './event-gate.ts';
import type { EventLog } from './event-log.ts';
import { createManualEventRoutes } from './manual-event-routes.ts';

export interface AnsweredCallDependencies extends EventGateDependencies, LoggedWorkplace {
  readonly log: Pick<EventLog, 'append' | 'appendAll' | 'findByCall'>;
}

/** Routes that receive answered calls: the manual's addresses and the callbacks of adapters. Both go through one gate. */
export function createAnsweredCallRoutes(dependencies: AnsweredCallDependencies): Hono<HostEnv> {
  const app = new Hono<HostEnv>();
  const gate = createEventGate(dependencies);
  app.use('/telephony-proxy/*', gate.countRefusals);
  app.use('/callbacks/*', gate.countRefusals);
  app.route('/', createManualEventRoutes(gate, dependencies.log, dependencies.logger));
  app.route('/', createCallbackRoutes(gate, dependencies));
  return app;
}
