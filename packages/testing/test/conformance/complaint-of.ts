import { defineAdapter, secret, type Adapter, type AdapterContext } from '@finaz-telephony/core';
import * as v from 'valibot';
import { conformanceChecks } from '../../src/conformance/checks.ts';
import { erased, type ConformanceVendor } from '../../src/conformance/subject.ts';
import { startConformanceVendor } from '../../src/conformance/vendor.ts';

/** The complaint of one check about an adapter; empty if the check passes. */
export async function complaintOf(
  checkName: string,
  subject: ReturnType<typeof erased>,
): Promise<string> {
  const check = conformanceChecks.find(({ name }) => name.includes(checkName));
  if (!check) throw new Error(`there is no check "${checkName}"`);
  const vendor = await subject.startVendor();
  try {
    await check.run(subject, vendor);
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await vendor.close();
  }
}

export type Send = (context: AdapterContext, path: string) => Promise<Response>;

/** The complaint of one check about an adapter with these features; `given` replaces parts of the adapter and of the vendor. */
export const complaintOfFeatures = (
  checkName: string,
  features: (send: Send) => Adapter['features'],
  given: {
    readonly token?: v.GenericSchema<unknown, string>;
    readonly vendor?: Partial<ConformanceVendor>;
    readonly beside?: Omit<Adapter, 'features'>;
  } = {},
): Promise<string> =>
  complaintOf(
    checkName,
    erased({
      definition: defineAdapter({
        id: 'bad',
        name: 'Bad',
        settings: v.strictObject({ baseUrl: v.string(), token: given.token ?? secret() }),
        create: ({ baseUrl, token }) => ({
          ...given.beside,
          features: features((context, path) =>
            context.fetch(`${baseUrl}${path}`, {
              method: 'POST',
              headers: { Authorization: `Bearer ${token}` },
              signal: context.signal,
            }),
          ),
        }),
      }),
      startVendor: async () => ({ ...(await startConformanceVendor()), ...given.vendor }),
      settings: (baseUrl) => ({ baseUrl, token: 'vendor-token' }),
      settingsWithWrongCredentials: (baseUrl) => ({ baseUrl, token: 'wrong' }),
    }),
  );
