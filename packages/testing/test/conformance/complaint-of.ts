import { defineAdapter, secret, type Adapter, type AdapterContext } from '@finaz-telephony/core';
import * as v from 'valibot';
import { conformanceChecks } from '../../src/conformance/checks.ts';
import { erased, type ConformanceVendor } from '../../src/conformance/subject.ts';
import { startConformanceVendor } from '../../src/conformance/vendor.ts';

/** What one check says of an adapter that does one thing wrong; nothing where it is content. */
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

/** The same of an adapter that has these features, and what is given beside. */
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
