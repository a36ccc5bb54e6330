import * as v from 'valibot';
import { unreadableRow } from '../store/damaged-rows.ts';
import { ShownRequestSchema } from './shown-request.ts';

/** An exchange with a telephone system as people are shown it. */
export const ShownExchangeSchema = v.pipe(
  v.object({
    id: v.string(),
    at: v.string(),
    connection: v.string(),
    feature: v.string(),
    attemptId: v.pipe(
      v.nullable(v.string()),
      v.description('Our id of the call, the transfer or the mailing that it was for.'),
    ),
    callId: v.nullable(v.string()),
    unreadable: unreadableRow('headers and bodies'),
    durationMs: v.number(),
    errorCode: v.nullable(v.string()),
    request: ShownRequestSchema,
    response: v.nullable(
      v.object({
        status: v.number(),
        headers: v.record(v.string(), v.string()),
        body: v.string(),
      }),
    ),
    curl: v.pipe(
      v.string(),
      v.description('The request as a command to copy, with masked values.'),
    ),
  }),
  v.metadata({ ref: 'Exchange' }),
);
export type LoggedExchange = v.InferOutput<typeof ShownExchangeSchema>;
