import * as v from 'valibot';
import { ErrorCodeSchema, FeatureNameSchema } from '@finaz-telephony/core/host';

/** One named thing that is wrong with a request or document. */
const ProblemItemSchema = v.object({
  parameter: v.optional(v.pipe(v.string(), v.description('Query parameter or header.'))),
  path: v.optional(
    v.pipe(v.string(), v.description('Place in the body, for example `phones.0.areaCode`.')),
  ),
  message: v.string(),
});
export type ProblemItem = v.InferOutput<typeof ProblemItemSchema>;

export const DeliverySchema = v.pipe(
  v.picklist(['not_sent', 'answered', 'unknown']),
  v.description(
    'Whether the request reached the vendor. `unknown`: it may have happened; do not repeat it blindly.',
  ),
);

/** The vendor's own words, masked. */
export const VendorAnswerSchema = v.pipe(
  v.object({
    status: v.optional(v.number()),
    message: v.optional(v.string()),
    excerpt: v.optional(v.string()),
  }),
  v.metadata({ ref: 'VendorAnswer' }),
);

/** The framework's codes and those that only an HTTP API has. */
const httpErrorCodes = [
  ...ErrorCodeSchema.options,
  'unauthorized',
  'forbidden',
  'conflict',
  'not_allowed',
  'not_acceptable',
  'idempotency_conflict',
  'method_not_allowed',
  'too_many_requests',
  'payload_too_large',
  'unsupported_media_type',
  'store_unavailable',
] as const;
export type HttpErrorCode = (typeof httpErrorCodes)[number];

const titles: Readonly<Partial<Record<HttpErrorCode, string>>> = {
  invalid_input: 'Invalid input',
  invalid_config: 'The connection cannot work as it is configured',
  feature_off: 'Feature off',
  not_found: 'Not found',
  not_ready: 'Not ready yet',
  refused: 'Refused by the telephone system',
  auth_failed: 'The telephone system did not accept the credentials',
  rate_limited: 'Too many requests to the telephone system',
  unavailable: 'The telephone system is not available',
  timeout: 'The telephone system did not answer in time',
  network: 'No connection to the telephone system',
  address_blocked: 'Address not allowed',
  response_too_large: 'The answer is too large',
  unreadable_response: 'The answer of the telephone system cannot be read',
  in_doubt: 'In doubt',
  internal: 'Internal error',
  not_allowed: 'Not allowed by the rules of the company',
  store_unavailable: 'The store is not available',
};

export function titleOf(code: HttpErrorCode): string {
  return titles[code] ?? code.replaceAll('_', ' ').replace(/^./, (letter) => letter.toUpperCase());
}

/** RFC 9457 `application/problem+json`, the one shape of every error of this API. */
export const ProblemSchema = v.pipe(
  v.object({
    type: v.pipe(v.string(), v.description('Always `about:blank`; branch on `code`.')),
    title: v.string(),
    status: v.number(),
    code: v.pipe(v.picklist(httpErrorCodes), v.description('Stable word for what happened.')),
    detail: v.string(),
    hint: v.optional(v.pipe(v.string(), v.description('What to do about it.'))),
    feature: v.optional(FeatureNameSchema),
    delivery: v.optional(DeliverySchema),
    vendor: v.optional(VendorAnswerSchema),
    errors: v.optional(v.array(ProblemItemSchema)),
    rule: v.optional(
      v.pipe(
        v.picklist(['calling_hours', 'attempts_per_day', 'do_not_call']),
        v.description('With `not_allowed`: the rule of the company that forbids it.'),
      ),
    ),
    attemptId: v.optional(
      v.pipe(v.string(), v.description('Our id of what was tried, for the list of calls.')),
    ),
    requestId: v.optional(v.string()),
  }),
  v.metadata({ ref: 'Problem' }),
);
export type Problem = v.InferOutput<typeof ProblemSchema>;

export interface ProblemOptions extends Omit<Problem, 'type'> {
  readonly headers?: Readonly<Record<string, string>>;
}

export function problemResponse({ headers, ...members }: ProblemOptions): Response {
  const problem: Problem = { type: 'about:blank', ...members };
  return new Response(JSON.stringify(problem), {
    status: members.status,
    headers: {
      'Content-Type': 'application/problem+json',
      'Cache-Control': 'no-store',
      ...headers,
    },
  });
}
