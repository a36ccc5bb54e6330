import {
  parsePhone,
  TelephonyError,
  type Adapter,
  type AdapterContext,
} from '@finaz-telephony/core';
import { createTestContext } from '../test-context.ts';
import {
  adapterOf,
  demand,
  failureOf,
  has,
  needs,
  thrownBy,
  type ConformanceCheck,
} from './check.ts';
import { endOf } from './end-of.ts';
import { eachOf, eachRound } from './each-round.ts';
import { impatientContext, interposed, type AskedRequest } from './interposed.ts';
import {
  demandDoubt,
  demandDoubtOfFailedLookup,
  lookupFailures,
  substitutes,
} from './lost-answer.ts';
import { callInput, phone, connectedTransferInput, type ConformanceVendor } from './subject.ts';

/** What must never be done twice: placing a call, and transferring one. */
interface Sending {
  readonly name: 'click2call' | 'transfer';
  /** Prepares at the vendor what the operation needs. */
  readonly start: (
    adapter: Adapter,
    vendor: ConformanceVendor,
  ) => Promise<(context: AdapterContext) => Promise<unknown>>;
  /** Counts the requests that would do it. */
  readonly countOf: (vendor: ConformanceVendor) => () => number;
}

const sendings: readonly Sending[] = [
  {
    name: 'click2call',
    start:
      async ({ features: { click2call } }) =>
      async (context) =>
        click2call?.(callInput, context),
    countOf(vendor) {
      needs(vendor, 'callRequestCount');
      return vendor.callRequestCount;
    },
  },
  {
    name: 'transfer',
    async start({ features: { transfer } }, vendor) {
      const input = await connectedTransferInput(vendor);
      return async (context) => transfer?.(input, context);
    },
    countOf(vendor) {
      needs(vendor, 'transferRequestCount');
      return vendor.transferRequestCount;
    },
  },
];

/** Logins and lookups change nothing, so they may be retried. */
const changesSomething = ({ method, init }: AskedRequest) =>
  method !== 'GET' && method !== 'HEAD' && init.withholdAnswer !== true;

const written = ({ method, url, init }: AskedRequest) =>
  `${method} ${url} ${typeof init.body === 'string' ? init.body : ''}`;

const rulesOf = ({ name, start, countOf }: Sending): readonly ConformanceCheck[] => [
  {
    name: `${name} repeats no request whose answer was lost`,
    applies: has(name),
    async run(subject, vendor) {
      // In the first round the answer to the first request is lost, in the second that to the second, and so on.
      await eachRound(subject, vendor, async (lost, own) => {
        const send = await start(adapterOf(subject, own), own);
        let without = '';
        let again = '';
        const { context, asked } = interposed((request, pass) => {
          if (request.position === lost && changesSomething(request)) without = written(request);
          else if (without !== '' && written(request) === without) again = request.method;
          if (request.position !== lost) return pass();
          const lostAnswer = {
            code: 'timeout',
            message: 'no answer',
            delivery: 'unknown',
          } as const;
          return Promise.reject(new TelephonyError(lostAnswer));
        });
        await send(context).catch(() => undefined);
        demand(
          again === '',
          `a ${again} that got no answer was sent again: it may have been done, and would be done twice`,
        );
        return asked() < lost;
      });
    },
  },
  {
    name: `${name} does not succeed if the vendor was never asked for it`,
    applies: has(name),
    async run(subject, vendor) {
      await eachRound(subject, vendor, async (failing, own) => {
        const count = countOf(own);
        const send = await start(adapterOf(subject, own), own);
        const before = count();
        const { context, asked } = interposed(({ position }, pass) =>
          position < failing ? pass() : Promise.resolve(new Response('{}', { status: 500 })),
        );
        const isSuccess = await send(context).then(
          () => true,
          () => false,
        );
        demand(
          !isSuccess || count() > before,
          `request ${failing} was answered with status 500, no request that does it reached the vendor, and it ended as a success`,
        );
        return asked() < failing;
      });
    },
  },
  {
    name: `${name} is in doubt where its answer is lost on the way, and is not sent again`,
    applies: has(name),
    run: (subject, vendor) =>
      eachOf(subject, vendor, substitutes, async (substitute, own) => {
        const count = countOf(own);
        const send = await start(adapterOf(subject, own), own);
        await demandDoubt(substitute, { send, count });
      }),
  },
  {
    name: `${name} is in doubt where it was accepted and a request for its outcome fails`,
    applies: has(name),
    run: (subject, vendor) =>
      eachOf(subject, vendor, lookupFailures, async (status, own) => {
        const count = countOf(own);
        const send = await start(adapterOf(subject, own), own);
        await demandDoubtOfFailedLookup(status, { send, count });
      }),
  },
  {
    name: `${name} is asked for once, whichever of its requests is told to log in first`,
    applies: has(name),
    run: (subject, vendor) =>
      eachRound(subject, vendor, async (lapsed, own) => {
        const count = countOf(own);
        const send = await start(adapterOf(subject, own), own);
        const before = count();
        const { context, asked } = interposed(({ position }, pass) =>
          position === lapsed ? Promise.resolve(new Response('{}', { status: 401 })) : pass(),
        );
        await send(context).catch(() => undefined);
        demand(
          count() - before <= 1,
          `request ${lapsed} was told to log in first (status 401), and the vendor was asked for it ${count() - before} times; send that request again, and no other`,
        );
        return asked() < lapsed;
      }),
  },
  {
    name: `${name} leaves no request under way when it ends`,
    applies: has(name),
    async run(subject, vendor) {
      const send = await start(adapterOf(subject, vendor), vendor);
      let underWay = 0;
      const { context } = interposed((_, pass) => {
        underWay += 1;
        return pass().finally(() => {
          underWay -= 1;
        });
      });
      await send(context).catch(() => undefined);
      demand(underWay === 0, 'it ended while a request was under way; await each of them');
    },
  },
  {
    name: `${name} ends as soon as nobody waits any more, between two requests too`,
    applies: has(name),
    async run(subject, vendor) {
      await eachRound(subject, vendor, async (last, own) => {
        const send = await start(adapterOf(subject, own), own);
        const leaving = new AbortController();
        const { context, asked } = interposed(
          async ({ position }, pass) => {
            const response = await pass();
            if (position === last) queueMicrotask(() => leaving.abort(new Error('nobody waits')));
            return response;
          },
          { signal: leaving.signal },
        );
        demand(
          (await endOf(send(context), leaving.signal)) !== 'late',
          `nobody waited any more after request ${last}, and it went on; pass context.signal on, to what waits between two requests as well`,
        );
        return asked() < last;
      });
    },
  },
  {
    name: `${name} shows its request in a preview, and sends nothing`,
    applies: has(name),
    async run(subject, vendor) {
      const send = await start(adapterOf(subject, vendor), vendor);
      const end = new Error('this is a preview');
      const { context, asked } = interposed(() => Promise.reject(end), { isPreview: true });
      const thrown = await thrownBy(send(context));
      demand(asked() > 0, 'in a preview it asked for nothing, so there is nothing to be shown');
      demand(
        isCausedBy(thrown, end),
        'in a preview it did not end with what context.fetch threw; let that through, or give it as the cause',
      );
    },
  },
];

const isCausedBy = (thrown: unknown, cause: Error): boolean =>
  thrown === cause || (thrown instanceof Error && isCausedBy(thrown.cause, cause));

/** The checks of what is done once, or not at all. */
export const sendingChecks: readonly ConformanceCheck[] = [
  ...sendings.flatMap(rulesOf),
  {
    name: 'click2call rings the extension and the number that it was given',
    applies: has('click2call'),
    async run(subject, vendor) {
      needs(vendor, 'placedCalls');
      const before = vendor.placedCalls().length;
      const { click2call } = adapterOf(subject, vendor).features;
      const given = await click2call?.(callInput, createTestContext());
      const placed = vendor.placedCalls().slice(before);
      demand(placed.length === 1, `the vendor placed ${placed.length} calls for one`);
      for (const { extension, number, callId } of placed) {
        demand(
          parsePhone(number).e164 === phone.e164,
          `it was to call ${phone.e164}, and the vendor dialed ${number}: that is somebody else, or nobody`,
        );
        demand(
          extension === callInput.extension,
          `it was to ring extension ${callInput.extension}, and the vendor rang ${extension}`,
        );
        demand(
          callId === undefined || (given?.callId ?? callId) === callId,
          `the vendor has it as call ${callId ?? ''}, and the adapter gives the id ${given?.callId ?? ''}: its events, results and recordings would be those of another call`,
        );
      }
    },
  },
  {
    name: 'transfer hands the call of the extension over to the destination that it was given',
    applies: has('transfer'),
    async run(subject, vendor) {
      needs(vendor, 'transferredCalls');
      const { transfer } = adapterOf(subject, vendor).features;
      const input = await connectedTransferInput(vendor);
      await transfer?.(input, createTestContext());
      const told = vendor
        .transferredCalls()
        .map(({ extension, destination }) => `the call of ${extension} to ${destination}`)
        .join(', ');
      const asked = `the call of ${input.extension} to ${input.destination}`;
      demand(
        told === asked,
        `it was to hand over ${asked}, and the vendor handed over ${told === '' ? 'none' : told}: a debtor would talk to somebody else`,
      );
    },
  },
  {
    name: 'transfer is not repeated when no answer comes, and its outcome counts as unknown',
    applies: has('transfer'),
    async run(subject, vendor) {
      needs(vendor, 'transferRequestCount');
      const count = vendor.transferRequestCount;
      const { transfer } = adapterOf(subject, vendor).features;
      const input = await connectedTransferInput(vendor);
      vendor.misbehave({ kind: 'hang' });
      const before = count();
      const error = await failureOf(
        Promise.resolve(transfer?.(input, impatientContext())),
        'a transfer without answer',
      );
      demand(
        error.delivery === 'unknown',
        `delivery is ${error.delivery}; whether it happened is unknown`,
      );
      demand(
        count() - before === 1,
        `the vendor got ${count() - before} requests for one transfer; a vendor that counts lookups too needs transferRequestCount()`,
      );
    },
  },
];
