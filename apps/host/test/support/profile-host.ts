import type { FeatureName } from '@finaz-telephony/core';
import type { Simulator } from '@finaz-telephony/testing/simulators';
import { planted } from './discretion.ts';
import { isIn, sendMailing, until, type TestContact } from './mailings.ts';
import { startTestHost, type TestHost } from './test-host.ts';

export interface ProfileHost extends TestHost {
  /** Sends a mailing and waits until it is loaded, or cannot be. */
  readonly load: (queue: string, contacts: readonly TestContact[]) => Promise<string>;
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
