import { OutcomeSchema, TransferRequestSchema } from '@finaz-telephony/core';
import { Hono } from 'hono';
import * as v from 'valibot';
import type { HostEnv } from '../http/host-env.ts';
import { readJson } from '../http/json-body.ts';
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
      tag: 'calls',
      summary: "Transfer the operator's current call",
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
      return context.json(
        await transferCall(
          dependencies,
          context.get('tenant'),
          request,
          new AbortController().signal,
        ),
      );
    },
  );

  return app;
}
