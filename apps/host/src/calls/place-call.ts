import { parsePhone, TelephonyError, type CallId, type DialablePhone } from '@finaz-telephony/core';
import {
  CallIdSchema,
  dialablePhone,
  explainPhoneReason,
  issueMessage,
  type Click2CallRequest,
} from '@finaz-telephony/core/host';
import * as v from 'valibot';
import type { CallGuard } from '../rules/call-guard.ts';
import { personalNumber, personalTexts } from '../exchanges/personal-values.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { runAttempt, type AttemptDependencies } from './attempt-runner.ts';
import type { CallRecord } from './call-record.ts';
import type { Clicked, DoubleClicks } from './double-clicks.ts';
import { boundFeature } from '../tenants/bound-feature.ts';
import { wishToCall } from './wish.ts';

export interface PlacedCall {
  readonly callId: string | null;
  readonly attemptId: string;
}

export interface PlaceCallDependencies extends AttemptDependencies {
  readonly guard: CallGuard;
  readonly callClicks: DoubleClicks<PlacedCall>;
}

/** Click2call: rings the operator's extension and connects it with the number. */
export async function placeCall(
  dependencies: PlaceCallDependencies,
  tenant: Tenant,
  request: Click2CallRequest,
): Promise<Clicked<PlacedCall>> {
  const phone = phoneToDial(request);
  return dependencies.callClicks.once(tenant, wishToCall(request.extension, phone), () =>
    dial(dependencies, tenant, request, phone),
  );
}

/** The answer to a call, made from its stored record. */
export const placedCall = ({ callId, attemptId }: CallRecord): PlacedCall => ({
  callId,
  attemptId,
});

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

/** @throws {TelephonyError} if the id could not identify the call later */
function usableCallId(callId: CallId | null): CallId | null {
  if (callId === null) return null;
  const parsed = v.safeParse(CallIdSchema, callId);
  if (parsed.success) return parsed.output;
  throw new TelephonyError({
    code: 'unreadable_response',
    feature: 'click2call',
    message: `The telephone system accepted the call, but its answer has no usable call id: ${issueMessage(parsed.issues[0])}.`,
    hint: 'Look at the answer in the log of exchanges, and at capture.callId of the connection.',
    // The telephone system accepted, so a call may be ringing.
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
