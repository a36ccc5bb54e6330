import type { FeatureName } from '@finaz-telephony/core';
import { ConnectionNameSchema, TenantIdSchema } from '@finaz-telephony/core/host';
import * as v from 'valibot';
import { isNetwork } from '../network.ts';
import { RulesSchema } from '../rules/rules.ts';
import { durationSchema } from './duration.ts';

export const noNetwork = (written: unknown): string =>
  `${JSON.stringify(written)} is not a network; write for example 203.0.113.0/24 or 203.0.113.7`;

const NetworkSchema = v.pipe(
  v.string(),
  // Older documents are still read this way; new ones must have plain values: see check-document.ts.
  v.check(isNetwork, (issue) => noNetwork(issue.input)),
);

const TimeZoneSchema = v.pipe(
  v.string(),
  v.check(
    (zone) => {
      try {
        new Intl.DateTimeFormat('en', { timeZone: zone }).format();
        return true;
      } catch {
        return false;
      }
    },
    (issue) =>
      `unknown time zone ${JSON.stringify(issue.input)}; write an IANA name such as America/Sao_Paulo`,
  ),
  v.description('IANA name, for example America/Sao_Paulo.'),
);

const InboundSchema = v.pipe(
  v.strictObject({
    allowFrom: v.pipe(
      v.optional(v.array(NetworkSchema), []),
      v.description('Networks that may send events; empty means none.'),
    ),
    token: v.pipe(
      v.optional(v.string()),
      v.description('Where set, events must bring ?token= with this value. Write ${secret:name}.'),
    ),
    screenPop: v.pipe(
      v.optional(v.string()),
      v.description(
        "Address of the operator's screen; may use {{ number }}, {{ contactId }}, {{ callId }}, {{ extension }}.",
      ),
    ),
    webhook: v.pipe(
      v.optional(
        v.strictObject({
          url: v.pipe(
            v.string(),
            v.url(),
            v.description(
              'Where answered calls are posted, signed; what of it is secret: ${secret:name}.',
            ),
          ),
          secret: v.pipe(v.string(), v.nonEmpty(), v.description('Write ${secret:name}.')),
        }),
      ),
      v.description(
        "The CRM's server is told of answered calls by a signed webhook (Standard Webhooks).",
      ),
    ),
    repeatWindow: v.pipe(
      v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(7 * 24 * 3600)), 300),
      v.description('Seconds within which the same event again is delivered once.'),
    ),
  }),
  v.title('inbound'),
);

const LimitsSchema = v.pipe(
  v.strictObject({
    requestsPerSecond: v.pipe(
      v.optional(v.pipe(v.number(), v.minValue(0.1), v.maxValue(100_000)), 100),
      v.description('Most requests that leave in a second.'),
    ),
    concurrency: v.pipe(
      v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(256)), 32),
      v.description(
        'Most requests on their way at the same time; recordings have as many connections besides.',
      ),
    ),
    timeout: v.pipe(
      v.optional(v.pipe(v.number(), v.minValue(0.1), v.maxValue(120)), 15),
      v.description('Seconds for a whole exchange.'),
    ),
  }),
  v.title('limits'),
);

const TlsSchema = v.pipe(
  v.strictObject({
    trust: v.pipe(
      v.string(),
      v.description(
        "The only certificate, in PEM, that this connection trusts, instead of the public authorities: the server's own, whose name then does not matter, or that of a private authority.",
      ),
    ),
  }),
  v.title('tls'),
);

const ConnectionDocumentSchema = v.pipe(
  v.strictObject({
    adapter: v.pipe(v.string(), v.nonEmpty(), v.description('Id of an installed adapter.')),
    settings: v.pipe(v.optional(v.unknown(), {}), v.description("The adapter's own settings.")),
    limits: v.pipe(
      v.optional(LimitsSchema, {}),
      v.description('How much the telephone system is asked at most.'),
    ),
    tls: v.pipe(
      v.optional(TlsSchema),
      v.description('Of a telephone system whose certificate no public authority has signed.'),
    ),
  }),
  v.title('connection'),
);
export type ConnectionDocument = v.InferOutput<typeof ConnectionDocumentSchema>;

const ResultsSchema = v.pipe(
  v.strictObject({
    every: v.pipe(
      v.optional(durationSchema(60_000, 86_400_000, 'between 1m and 1d')),
      v.description(
        'How often the results of an active mailing are fetched during the day: 15m, 1h. Left out: when it is deactivated.',
      ),
    ),
  }),
  v.title('results'),
);

const binding = v.optional(ConnectionNameSchema);

/** One document describes a whole tenant: the same by API, by file and in a console. */
export const TenantDocumentSchema = v.pipe(
  v.strictObject({
    id: TenantIdSchema,
    name: v.pipe(
      v.string(),
      v.trim(),
      v.nonEmpty('is empty'),
      v.maxLength(200),
      v.description('Of the company, for people.'),
    ),
    timezone: v.optional(TimeZoneSchema, 'America/Sao_Paulo'),
    inbound: v.pipe(
      v.optional(InboundSchema, {}),
      v.description('Answered calls: who may send them, and where they go.'),
    ),
    connections: v.pipe(
      v.optional(v.record(ConnectionNameSchema, ConnectionDocumentSchema), {}),
      v.description('Ways to telephone systems, by names of your own.'),
    ),
    features: v.pipe(
      v.optional(
        v.strictObject({
          click2call: binding,
          contactLoad: binding,
          contactClear: binding,
          answeredCall: binding,
          dialerResults: binding,
          recording: binding,
          transfer: binding,
        } satisfies Record<FeatureName, typeof binding>),
        {},
      ),
      v.description('Which connection serves each feature; what is not listed is off.'),
    ),
    rules: v.pipe(
      v.optional(RulesSchema, {}),
      v.description('What protects people and the company; off where it is left out.'),
    ),
    results: v.pipe(
      v.optional(ResultsSchema, {}),
      v.description('When the results of mailings are fetched.'),
    ),
  }),
  v.title('tenant document'),
);
export type TenantDocument = v.InferOutput<typeof TenantDocumentSchema>;

/** A connection by a name that a user has given: `toString` is not one. */
export const connectionNamed = (
  { connections }: Pick<TenantDocument, 'connections'>,
  name: string,
): ConnectionDocument | undefined =>
  Object.hasOwn(connections, name) ? connections[name] : undefined;
