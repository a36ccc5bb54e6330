import {
  TelephonyError,
  type Adapter,
  type AdapterContext,
  type CallProgress,
  type Finding,
} from '@finaz-telephony/core';
import { callPhases } from '@finaz-telephony/core/host';
import { createTestContext } from '../test-context.ts';
import { adapterOf, demand, type ConformanceCheck } from './check.ts';
import { interposed } from './interposed.ts';
import { callInput, phone, type ConformanceVendor } from './subject.ts';

async function findingsOf({ diagnose }: Adapter): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for await (const finding of diagnose?.(createTestContext()) ?? []) findings.push(finding);
  return findings;
}

async function demandNoCall(vendor: ConformanceVendor, what: string, work: () => Promise<unknown>) {
  const count = vendor.callRequestCount ?? (() => 0);
  const before = count();
  await work();
  demand(count() === before, `${what} placed a call; it changes nothing`);
}

/** The checks of what an adapter may have besides its features. */
export const asideChecks: readonly ConformanceCheck[] = [
  {
    name: 'checkCredentials places no call',
    applies: ({ checkCredentials }) => checkCredentials !== undefined,
    run: (subject, vendor) =>
      demandNoCall(vendor, 'checkCredentials', async () =>
        adapterOf(subject, vendor).checkCredentials?.(createTestContext()),
      ),
  },
  {
    name: 'diagnose gives findings with a mend, throws nothing, and places no call',
    applies: ({ diagnose }) => diagnose !== undefined,
    run: (subject, vendor) =>
      demandNoCall(vendor, 'diagnose', async () => {
        const sound = await findingsOf(adapterOf(subject, vendor));
        demand(sound.length > 0, 'it found nothing, not even that all is well');
        const wrong = subject.make(subject.settingsWithWrongCredentials(vendor.url));
        const broken = await findingsOf(wrong);
        for (const { check, state, mend } of [...sound, ...broken]) {
          demand(
            state === 'ok' || (mend ?? '') !== '',
            `the finding "${check}" is ${state} and has no mend: what to write or to run, and where`,
          );
        }
        demand(
          broken.some(({ state }) => state !== 'ok'),
          'with wrong credentials it finds nothing wrong',
        );
      }),
  },
  {
    name: 'followCall tells where a call stands, and does not take an error to mean that the call was not placed',
    applies: ({ followCall, features }) =>
      followCall !== undefined && features.click2call !== undefined,
    async run(subject, vendor) {
      const adapter = adapterOf(subject, vendor);
      const { callId = null, captures = {} } =
        (await adapter.features.click2call?.(callInput, createTestContext())) ?? {};
      const { attemptId, queue, extension } = callInput;
      const startedAt = new Date();
      const known = { queue, extension, number: phone.e164, startedAt, captures };
      const input = {
        callId,
        attemptId,
        startedAt,
        ...(callId !== null && { call: { callId, ...known } }),
      };
      const follow = async (context: AdapterContext = createTestContext()) =>
        adapter.followCall?.(input, context);
      await demandNoCall(vendor, 'followCall', async () => {
        const stands = await follow().catch(unlessNotFound);
        demand(
          stands === 'nobody knows' || callPhases.some((phase) => phase === stands?.phase),
          'it says that a call was not placed although it was; the call would be placed again',
        );
      });
      const { context, asked } = interposed(() =>
        Promise.resolve(Response.json({ error: 'erro interno' }, { status: 500 })),
      );
      const ended = await follow(context).then(
        () => 'success',
        () => 'failure',
      );
      demand(
        asked() === 0 || ended === 'failure',
        'when the vendor answers with status 500, it still says where the call stands; a call that it says was not placed would be placed again',
      );
    },
  },
];

function unlessNotFound(error: unknown): 'nobody knows' | CallProgress {
  if (TelephonyError.isInstance(error) && error.code === 'not_found') return 'nobody knows';
  throw error;
}
