import { QueueSchema } from '@finaz-telephony/core/host';
import * as v from 'valibot';
import { invalidRequest, RequestError } from '../http/request-error.ts';
import { LoadLost } from './ledger/ledger-writes.ts';

export function queueOf(text: string | undefined): string {
  const result = v.safeParse(QueueSchema, text);
  if (result.success) return result.output;
  throw invalidRequest([
    { parameter: 'queue', message: text === undefined ? 'is missing' : result.issues[0].message },
  ]);
}

/** Answers 409 if the work has lost the mailing: a host has taken it up at the same moment, or it is gone. */
export async function unlessLost<Result>(
  work: Promise<Result>,
  detail = 'The mailing is being worked on at this moment.',
): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof LoadLost)) throw error;
    throw new RequestError(409, 'conflict', detail, { hint: 'Send the same request again.' });
  }
}
