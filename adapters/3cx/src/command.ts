import { TelephonyError } from '@finaz-telephony/core';
import * as v from 'valibot';
import { ParticipantSchema, type Participant } from './participants.ts';
import { ask, type Meanings, type PbxWork } from './pbx.ts';

const wordOrNumber = v.nullish(v.union([v.string(), v.number()]));

/** The answer to a request that dials or transfers. An answer with neither `finalstatus` nor `result` is not from 3CX. */
const ResultSchema = v.pipe(
  v.object({
    finalstatus: wordOrNumber,
    result: v.nullish(ParticipantSchema),
    reason: v.nullish(v.string()),
    reasontext: v.nullish(v.string()),
  }),
  v.check(({ finalstatus, result }) => finalstatus !== undefined || result !== undefined),
);

export interface Accepted {
  /** The leg, if 3CX reports it. */
  readonly participant: Participant | undefined;
  readonly vendorStatus: string;
}

/** `finalstatus` is a word according to field reports, and a number according to the types of the official example. */
const isFailure = (finalstatus: string | number | null | undefined) =>
  /^(?:failed|rejected|-1|0)$/i.test(String(finalstatus));

/** Sends a request that dials or transfers. Resolves when 3CX accepted it: nobody has answered yet. */
export async function command(
  work: PbxWork,
  path: string,
  body: Readonly<Record<string, unknown>>,
  meanings: Meanings,
): Promise<Accepted> {
  const answer = await ask(work, 'POST', path, { body, meanings });
  const { feature } = work;
  const vendor = { status: answer.status };
  const read = v.safeParse(ResultSchema, answer.body);
  if (!read.success) {
    throw new TelephonyError({
      feature,
      code: 'unreadable_response',
      message: 'The answer is not from a 3CX, or has an unknown format.',
      hint: 'Look at the answer in the log of exchanges, and at the phone of the operator.',
      delivery: 'unknown',
      vendor,
    });
  }
  const { finalstatus, result, reason, reasontext } = read.output;
  if (isFailure(finalstatus)) {
    const words = [reasontext, reason].find((word) => (word ?? '') !== '') ?? String(finalstatus);
    const refusal = meanings[422] ?? { code: 'refused', message: '3CX refused.' };
    throw new TelephonyError({ feature, ...refusal, vendor: { ...vendor, message: words } });
  }
  return {
    participant: result ?? undefined,
    vendorStatus: String(finalstatus ?? answer.status),
  };
}
