import { OutcomeSchema } from '@finaz-telephony/core';
import { TransferRequestSchema } from '@finaz-telephony/core/host';
import { Hono } from 'hono';
import * as v from 'valibot';
import type { HostEnv } from '../http/host-env.ts';
import { readJson } from '../http/json-body.ts';
import { replayed } from '../http/idempotency.ts';
import { described, idempotencyHeader } from '../http/openapi.ts';
import { transferCall, type TransferDependencies } from './transfer-call.ts';

const AcceptedTransferSchema = v.object({
  status: v.literal('accepted'),
  callId: v.nullable(v.string()),
  attemptId: v.string(),
  outcome: v.pipe(
    v.optional(OutcomeSchema),
    v.description('What became of the call to the destination, where it was known in time.'),
  ),
  vendorStatus: v.optional(v.string()),
});

/** Transfers, under `/v1/tenants/:tenant`. */
export function createTransferRoutes(dependencies: TransferDependencies): Hono<HostEnv> {
  const app = new Hono<HostEnv>();

  app.post(
    '/transfers',
    described({
      id: 'transferCall',
      tag: 'calls',
      summary: "Transfer the operator's current call",
      description:
        'Where the company has the rule `doubleClick`, a transfer that is asked for again at once is the same one, with the same answer.',
      body: {
        schema: TransferRequestSchema,
        example: { queue: '7', extension: '1001', destination: '4133334444' },
      },
      headers: idempotencyHeader,
      answers: {
        200: {
          description: 'The telephone system accepted the transfer.',
          schema: AcceptedTransferSchema,
        },
      },
    }),
    async (context) => {
      const request = await readJson(context, TransferRequestSchema);
      const tenant = context.get('tenant');
      const { result, isAgain } = await transferCall(dependencies, tenant, request);
      if (isAgain) context.header(...replayed);
      return context.json(result);
    },
  );

  return app;
}
