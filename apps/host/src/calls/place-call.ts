import {
  CallIdSchema,
  dialablePhone,
  ErrorCodeSchema,
  explainPhoneReason,
  issueMessage,
  parsePhone,
  TelephonyError,
  type CallId,
  type Click2CallRequest,
  type DialablePhone,
} from '@finaz-telephony/core';
import { setTimeout as pause } from 'node:timers/promises';
import * as v from 'valibot';
import type { CallGuard } from '../rules/call-guard.ts';
import { personalNumber, personalTexts } from '../exchanges/personal-values.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { AttemptFailed, runAttempt, type AttemptDependencies } from './attempt-runner.ts';
import type { CallRecord } from './call-record.ts';
import type { CallStore } from './call-store.ts';
import { ClickedElsewhere } from './call-turns.ts';
import type { Clicked, DoubleClicks } from './double-clicks.ts';
import { boundFeature } from './feature-work.ts';

export interface PlacedCall {
  readonly callId: string | null;
  readonly attemptId: string;
}

export interface PlaceCallDependencies extends AttemptDependencies {
  readonly guard: CallGuard;
  readonly callClicks: DoubleClicks<PlacedCall>;
}

/** How often a host looks what came of a click at another one. */
const lookEveryMs = 100;

/** Click2call: rings the operator's extension and connects it with the number. */
export async function placeCall(
  dependencies: PlaceCallDependencies,
  tenant: Tenant,
  request: Click2CallRequest,
): Promise<Clicked<PlacedCall>> {
  const phone = phoneToDial(request);
  // Whatever else the two requests ask for: nobody is called twice by one operator at once.
  return dependencies.callClicks.once(tenant, [request.extension, phone.e164], () =>
    dialOnce(dependencies, tenant, request, phone),
  );
}

async function dialOnce(
  dependencies: PlaceCallDependencies,
  tenant: Tenant,
  request: Click2CallRequest,
  phone: DialablePhone,
): Promise<Clicked<PlacedCall>> {
  for (;;) {
    try {
      return { result: await dial(dependencies, tenant, request, phone), isAgain: false };
    } catch (error) {
      if (!(error instanceof ClickedElsewhere)) throw error;
      const placed = await placedElsewhere(dependencies.calls, tenant, error.attemptId);
      if (placed) return { result: placed, isAgain: true };
    }
  }
}

/** What comes of the same click at another host. `undefined`: it has failed, and may be tried again. */
async function placedElsewhere(
  calls: CallStore,
  tenant: Tenant,
  attemptId: string,
): Promise<PlacedCall | undefined> {
  for (;;) {
    const call = await calls.byAttempt(tenant, attemptId);
    if (!call || call.state === 'failed') return undefined;
    if (call.state === 'accepted') return { callId: call.callId, attemptId };
    if (call.state === 'in_doubt') throw doubtOf(call);
    // Until that host knows; or it has died, or the database has forgotten its answer, and a host sees that.
    await pause(lookEveryMs);
  }
}

function doubtOf({ attemptId, detail: { error } }: CallRecord): AttemptFailed {
  const code = v.safeParse(ErrorCodeSchema, error?.code);
  return new AttemptFailed(
    attemptId,
    new TelephonyError({
      code: code.success ? code.output : 'in_doubt',
      feature: 'click2call',
      message:
        error?.message ??
        'What came of this call is not known: the host that placed it died, or the database has forgotten it.',
      delivery: 'unknown',
    }),
  );
}

async function dial(
  dependencies: PlaceCallDependencies,
  tenant: Tenant,
  request: Click2CallRequest,
  phone: DialablePhone,
): Promise<PlacedCall> {
  const feature = boundFeature(tenant, 'click2call');
  const { callId, attemptId } = await runAttempt(
    dependencies,
    {
      tenant,
      feature,
      queue: request.queue,
      extension: request.extension,
      callId: null,
      detail: { number: phone.e164 },
      admit: (begin) =>
        dependencies.guard.admit(tenant, { phone, extension: request.extension }, begin),
      personal: [personalNumber(phone.number), ...personalTexts(request.parameters)],
    },
    async (id, context) => {
      const result = await feature.run(
        {
          queue: request.queue,
          extension: request.extension,
          phone,
          parameters: request.parameters ?? {},
          attemptId: id,
        },
        context,
      );
      return { ...result, callId: usableCallId(result.callId) };
    },
  );
  return { callId, attemptId };
}

/** An id that nothing could be found by later is none. */
function usableCallId(callId: CallId | null): CallId | null {
  if (callId === null) return null;
  const parsed = v.safeParse(CallIdSchema, callId);
  if (parsed.success) return parsed.output;
  throw new TelephonyError({
    code: 'unreadable_response',
    feature: 'click2call',
    message: `The telephone system accepted, but what stands in its answer in the place of the call id can be none: ${issueMessage(parsed.issues[0])}.`,
    hint: 'Look at the answer in the log of exchanges, and at capture.callId of the connection.',
    // It said yes, so a call may be ringing.
    delivery: 'unknown',
  });
}

/** @throws {TelephonyError} `invalid_input` saying why the number cannot be dialed. */
export function phoneToDial(
  request: Pick<Click2CallRequest, 'areaCode' | 'number'>,
): DialablePhone {
  const parsed = parsePhone(request.number, { areaCode: request.areaCode });
  const phone = dialablePhone(parsed);
  if (phone) return phone;
  throw new TelephonyError({
    code: 'invalid_input',
    feature: 'click2call',
    message: parsed.reason
      ? `The number cannot be dialed: ${explainPhoneReason(parsed.reason)}`
      : `The number cannot be dialed: it is of the kind "${parsed.kind}".`,
    hint: 'Send areaCode with two digits and number with the eight or nine digits of the line.',
  });
}
