import { ConnectionNameSchema } from '@finaz-telephony/core/host';
import { Hono } from 'hono';
import * as v from 'valibot';
import { boundFeature, type BoundFeature } from '../tenants/bound-feature.ts';
import { runMeasured } from '../adapter-work/in-context.ts';
import type { HostEnv } from '../http/host-env.ts';
import { readJson, takesNothing } from '../http/json-body.ts';
import { described, idempotencyHeader } from '../http/openapi.ts';
import { filterOf, readQuery } from '../http/read-query.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { clearByHand, queueTaken, type ClearBounds } from './clear-by-hand.ts';
import type { LoadDependencies } from './load/load-work.ts';
import { queueOf, unlessLost } from './mailing-requests.ts';
import type { MailingCommand } from './mailing-state.ts';
import { clearOfPrevious } from './previous-load.ts';
import { ShownMailingSchema, showMailing } from './show-mailing.ts';
import { settleDoubts, steerMailing } from './steer-mailing.ts';

const SettleSchema = v.pipe(
  v.strictObject({
    as: v.pipe(
      v.picklist(['sent', 'pending', 'failed']),
      v.description(
        '`sent`: the telephone system has the contacts. `pending`: it does not have them, and a retry sends them again. `failed`: they are given up, until a retry sends all failed contacts of the mailing again.',
      ),
    ),
    contactIds: v.optional(v.pipe(v.array(v.string()), v.minLength(1), v.maxLength(10_000))),
  }),
  v.title('settlement of contacts'),
);
const SettledSchema = v.object({ settled: v.number() });
const ClearedSchema = v.object({
  status: v.literal('cleared'),
  cleared: v.pipe(
    v.nullable(v.number()),
    v.description('How many contacts were removed; `null` if the telephone system does not say.'),
  ),
});

const EmptiedSchema = v.object({
  mailingIds: v.pipe(v.array(v.string()), v.description('The mailings that the queue held.')),
});
const emptiedQuery = {
  connection: filterOf(
    ConnectionNameSchema,
    'The connection whose queue was emptied; without it, the one through which the company loads.',
  ),
};

const commands: readonly {
  readonly name: Exclude<MailingCommand, 'deactivate'>;
  readonly summary: string;
}[] = [
  { name: 'pause', summary: 'Pause a load; requests in progress are completed' },
  { name: 'resume', summary: 'Continue a paused load where it stopped' },
  {
    name: 'retry',
    summary: 'Continue a stopped load, and send again the contacts that failed or were given up',
  },
  {
    name: 'cancel',
    summary: 'Cancel a load; what is loaded stays at the telephone system until the next clear',
  },
];

/** The routes by which a person steers a mailing and its queue. */
export function createSteerRoutes(dependencies: LoadDependencies): Hono<HostEnv> {
  const app = new Hono<HostEnv>();

  for (const { name, summary } of commands) {
    app.post(
      `/mailings/:mailing/${name}`,
      described({
        id: `${name}Mailing`,
        tag: 'mailings',
        summary,
        headers: idempotencyHeader,
        answers: { 202: { description: 'The mailing as it is now.', schema: ShownMailingSchema } },
      }),
      takesNothing,
      async (context) => {
        const id = context.req.param('mailing') ?? '';
        const record = await unlessLost(
          steerMailing(dependencies, context.get('tenant'), id, name),
        );
        return context.json(showMailing(record, dependencies.clock()), 202);
      },
    );
  }

  app.post(
    '/mailings/:mailing/settle',
    described({
      id: 'settleContacts',
      tag: 'mailings',
      summary: 'Settle contacts that are in doubt',
      body: { schema: SettleSchema, example: { as: 'sent', contactIds: ['7001'] } },
      headers: idempotencyHeader,
      answers: { 200: { description: 'How many contacts were settled.', schema: SettledSchema } },
    }),
    async (context) => {
      const { as, contactIds } = await readJson(context, SettleSchema);
      const settled = await unlessLost(
        settleDoubts(dependencies, context.get('tenant'), context.req.param('mailing') ?? '', {
          as,
          ...(contactIds && { contactIds }),
        }),
      );
      return context.json({ settled });
    },
  );

  app.post(
    '/queues/:queue/clear',
    described({
      id: 'clearQueue',
      tag: 'mailings',
      summary: 'Empty a queue of the dialer',
      description:
        'The answer comes once the telephone system has confirmed. The host does this by itself before each load.',
      headers: idempotencyHeader,
      answers: { 200: { description: 'The queue is empty.', schema: ClearedSchema } },
    }),
    takesNothing,
    async (context) => {
      const queue = queueOf(context.req.param('queue'));
      const tenant = context.get('tenant');
      const feature = boundFeature(tenant, 'contactClear');
      // One connection may clear what another has loaded.
      const holder = loadsThrough(tenant);
      const cleared = await clearByHand(
        dependencies,
        tenant,
        queue,
        feature.connection,
        (bounds) => clearQueue(dependencies, tenant, { queue, holder }, feature, bounds),
        holder,
      );
      return context.json({ status: 'cleared' as const, cleared });
    },
  );

  app.post(
    '/queues/:queue/emptied',
    described({
      id: 'queueEmptied',
      tag: 'mailings',
      summary: 'Tell the host that a queue was emptied at the telephone system itself',
      description:
        'Nothing is sent. The host takes everything that the queue held as gone: it does not clear it again, and none of those loads can be continued. For contacts that can no longer be read, and for a telephone system that is no longer used.',
      query: emptiedQuery,
      headers: idempotencyHeader,
      answers: {
        200: { description: 'The host takes the queue as empty.', schema: EmptiedSchema },
      },
    }),
    takesNothing,
    async (context) => {
      const queue = queueOf(context.req.param('queue'));
      const tenant = context.get('tenant');
      const { connection = loadsThrough(tenant) } = readQuery(context, emptiedQuery);
      const emptied = await dependencies.queues.emptied(tenant.id, queue, connection);
      if (emptied.is !== 'emptied') throw queueTaken(emptied);
      return context.json({ mailingIds: [...emptied.mailingIds] });
    },
  );

  return app;
}

const loadsThrough = (tenant: Tenant): string =>
  tenant.bindings.contactLoad ?? boundFeature(tenant, 'contactClear').connection.name;

async function clearQueue(
  dependencies: LoadDependencies,
  tenant: Tenant,
  { queue, holder }: { readonly queue: string; readonly holder: string },
  feature: BoundFeature<'contactClear'>,
  bounds: ClearBounds,
): Promise<number | null> {
  const { cleared } = await clearOfPrevious(
    dependencies,
    tenant,
    { queue, connection: holder },
    (previous) =>
      runMeasured(dependencies, feature, { tenant, personal: [], ...bounds }, (work) =>
        feature.run({ queue, parameters: {}, ...(previous && { previous }) }, work),
      ),
  );
  return cleared ?? null;
}
