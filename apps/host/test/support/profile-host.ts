import type { FeatureName } from '@finaz-telephony/core';
import type { Simulator } from '@finaz-telephony/testing/simulators';
import * as v from 'valibot';
import { ShownRequestSchema } from '../../src/exchanges/shown-request.ts';
import { planted } from './discretion.ts';
import { jsonOf } from './json.ts';
import { isIn, sendMailing, until, type TestContact } from './mailings.ts';
import { startTestHost, type TestHost } from './test-host.ts';

const TrialShape = v.looseObject({
  ok: v.boolean(),
  result: v.optional(
    v.looseObject({
      attempts: v.array(
        v.looseObject({
          contactId: v.optional(v.string()),
          outcome: v.string(),
          vendorStatus: v.string(),
        }),
      ),
    }),
  ),
  error: v.optional(v.looseObject({ code: v.string() })),
});

export interface ProfileHost extends TestHost {
  /** Sends a mailing and waits until it is loaded, or cannot be. */
  readonly load: (queue: string, contacts: readonly TestContact[]) => Promise<string>;
  /** What the connection's test reads of the dialer's results in the hours around now. */
  readonly results: (queue: string, days?: number) => Promise<v.InferOutput<typeof TrialShape>>;
  /** All that the log of exchanges shows. */
  readonly exchanges: () => Promise<string>;
}

/** A real host with a tenant whose one connection is a profile; the features named are bound to it. */
export async function startProfileHost(
  vendor: Simulator,
  settings: Readonly<Record<string, unknown>>,
  features: readonly FeatureName[],
  secrets: Readonly<Record<string, string>>,
): Promise<ProfileHost> {
  const host = await startTestHost({
    secrets,
    document: {
      connections: { vendor: { adapter: 'generic-http', settings } },
      features: Object.fromEntries(features.map((feature) => [feature, 'vendor'])),
    },
  });
  return {
    ...host,
    async load(queue, contacts) {
      const id = await sendMailing(host, contacts, queue);
      await until(host, id, isIn('active', 'stopped'));
      return id;
    },
    async results(queue, days = 0.1) {
      const at = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString();
      const input = { queue, from: at(-days), to: at(0.05) };
      return jsonOf(
        await host.tenant('/connections/vendor/test', {
          json: { feature: 'dialerResults', input },
        }),
        TrialShape,
      );
    },
    exchanges: async () => (await host.tenant('/exchanges?limit=1000')).text(),
    async stop() {
      const shown = [
        ...host.logged,
        await (await host.tenant('/exchanges?limit=1000')).text(),
      ].join('\n');
      await host.stop();
      await vendor.close();
      const told = Object.entries(secrets).filter(([, value]) => shown.includes(value));
      if (told.length > 0)
        throw new Error(
          `log or exchange log show the secrets ${told.map(([name]) => name).join(', ')}`,
        );
    },
  };
}

/** Contacts with these numbers, whose name and CPF would be seen wherever they leak. */
export function people(numbersOf: Readonly<Record<string, readonly string[]>>): TestContact[] {
  return Object.entries(numbersOf).map(([contactId, numbers]) => ({
    contactId,
    name: planted.name,
    cpf: planted.cpf,
    phones: numbers.map((number) => ({ areaCode: number.slice(0, 2), number: number.slice(2) })),
  }));
}

const PreviewShape = v.looseObject({
  before: v.array(ShownRequestSchema),
  request: ShownRequestSchema,
});

/** What the connection would send for a feature. */
export async function preview({ tenant }: TestHost, feature: string, input: unknown) {
  const shown = await tenant('/connections/vendor/preview', { json: { feature, input } });
  return jsonOf(shown, PreviewShape);
}
