import type { KnownCall, TransferResult } from '@finaz-telephony/core';
import type { TransferRequest } from '@finaz-telephony/core/host';
import { personalNumbers, personalTexts } from '../exchanges/personal-values.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { runAttempt, type AttemptDependencies } from './attempt-runner.ts';
import type { CallRecord } from './call-record.ts';
import type { CallTurns } from './call-turns.ts';
import type { Clicked, DoubleClicks } from './double-clicks.ts';
import { boundFeature } from '../tenants/bound-feature.ts';
import type { KnownCalls } from './known-calls.ts';
import { wishToTransfer, type Wish } from './wish.ts';

export interface AcceptedTransfer extends Omit<TransferResult, 'callId'> {
  readonly callId: string | null;
  readonly attemptId: string;
}

export interface TransferDependencies extends AttemptDependencies {
  readonly knownCalls: KnownCalls;
  readonly turns: CallTurns;
  readonly transferClicks: DoubleClicks<AcceptedTransfer>;
}

/** Transfers the operator's current call to another number, extension or queue. */
export async function transferCall(
  dependencies: TransferDependencies,
  tenant: Tenant,
  request: TransferRequest,
): Promise<Clicked<AcceptedTransfer>> {
  const plain = { ...request, destination: plainDestination(request.destination) };
  const wish = wishToTransfer(plain);
  return dependencies.transferClicks.once(tenant, wish, () =>
    transfer(dependencies, tenant, plain, wish),
  );
}

/** The answer to a transfer, made from its stored record. */
export const acceptedTransfer = ({ attemptId, callId, detail }: CallRecord): AcceptedTransfer => ({
  status: 'accepted',
  callId,
  ...toldOf(detail ?? {}),
  attemptId,
});

/** The outcome of the call to the destination, if it is known. */
const toldOf = ({ outcome, vendorStatus }: Pick<TransferResult, 'outcome' | 'vendorStatus'>) => ({
  ...(outcome && { outcome }),
  ...(vendorStatus !== undefined && { vendorStatus }),
});

async function transfer(
  dependencies: TransferDependencies,
  tenant: Tenant,
  request: TransferRequest,
  wish: Wish,
): Promise<AcceptedTransfer> {
  const { destination } = request;
  const feature = boundFeature(tenant, 'transfer');
  const call = await callOf(dependencies.knownCalls, tenant, request);
  const callId = request.callId ?? call?.callId ?? null;
  return runAttempt(
    dependencies,
    {
      tenant,
      feature,
      queue: request.queue,
      extension: request.extension,
      callId,
      detail: { destination },
      admit: (begin) => dependencies.turns.take(tenant, wish, begin),
      personal: [
        ...personalDestination(destination),
        ...personalNumbers(call),
        ...personalTexts(request.parameters),
      ],
    },
    async (id, context) => {
      const told = await feature.run(
        {
          queue: request.queue,
          extension: request.extension,
          destination,
          callId,
          parameters: request.parameters ?? {},
          attemptId: id,
          isCallNamed: request.callId !== undefined,
          ...(call && { call }),
        },
        context,
      );
      return {
        status: told.status,
        callId: request.callId ?? told.callId ?? callId,
        ...toldOf(told),
      };
    },
  );
}

/** The named call or, without one, the most likely current call of the extension. */
const callOf = (
  knownCalls: KnownCalls,
  tenant: Tenant,
  { callId, extension }: TransferRequest,
): Promise<KnownCall | undefined> =>
  callId === undefined ? knownCalls.currentOf(tenant, extension) : knownCalls.find(tenant, callId);

/** A telephone number loses its punctuation; an extension or the name of a queue stays as it is: "100-1" is not 1001. */
export function plainDestination(written: string): string {
  const plain = written.replace(/[ ().-]/g, '');
  return /^\+?\d{8,}$/.test(plain) ? plain : written;
}

/** The texts to mask in logs; none for a shorter destination, which is an extension or a queue. */
export function personalDestination(destination: string): readonly string[] {
  if (destination.length < 8) return [];
  return [destination, ...personalNumbers({ number: destination })];
}
