import * as v from 'valibot';

/**
 * What went wrong, in one word that never changes. Callers branch on it; people read the message.
 *
 * | code | meaning |
 * | --- | --- |
 * | `invalid_input` | the caller's values cannot be used (a number, a queue, a parameter) |
 * | `invalid_config` | the connection's settings cannot work as they stand |
 * | `feature_off` | the tenant has not enabled this feature, or its adapter does not have it |
 * | `not_found` | the vendor knows no such call, recording or queue |
 * | `not_ready` | it will exist later (a recording still being written) |
 * | `refused` | the vendor understood and said no (operator busy, queue closed) |
 * | `auth_failed` | the vendor did not accept the connection's credentials |
 * | `rate_limited` | too many requests, by the vendor's limit or by ours |
 * | `unavailable` | the vendor is not able to answer now (5xx, circuit open) |
 * | `timeout` | no complete answer in time, or none that a gateway could give (504) |
 * | `network` | no connection, or it broke, also at a gateway (502) |
 * | `address_blocked` | the address may not be reached from this host |
 * | `response_too_large` | the answer exceeds a size or depth limit |
 * | `unreadable_response` | an answer came that matches no rule |
 * | `in_doubt` | it may or may not have happened at the vendor; a person or the vendor settles it |
 * | `internal` | our own fault |
 */
export const ErrorCodeSchema = v.picklist([
  'invalid_input',
  'invalid_config',
  'feature_off',
  'not_found',
  'not_ready',
  'refused',
  'auth_failed',
  'rate_limited',
  'unavailable',
  'timeout',
  'network',
  'address_blocked',
  'response_too_large',
  'unreadable_response',
  'in_doubt',
  'internal',
]);
/** See the table at {@link ErrorCodeSchema}. */
export type ErrorCode = v.InferOutput<typeof ErrorCodeSchema>;
