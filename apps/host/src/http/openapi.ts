import { toJsonSchema } from '@valibot/to-json-schema';
import { describeRoute, resolver } from 'hono-openapi';
import * as v from 'valibot';
import { knownQuery } from './known-query.ts';
import { ProblemSchema } from './problem.ts';

interface Answer {
  readonly description: string;
  readonly schema?: v.GenericSchema;
  readonly mediaType?: string;
  /** Its other media types. */
  readonly otherTypes?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
}

interface Body {
  readonly schema: v.GenericSchema;
  readonly example?: unknown;
  /** A request without a body means `{}`. */
  readonly isOptional?: boolean;
}

/** Each described in words if it is text, or by the schema that reads it. */
type QueryParameters = Readonly<Record<string, string | v.GenericSchema>>;

/** The subjects of the operations, in the order in which the CRM meets them. */
export const tags = {
  calls: 'Calls and transfers that operators ask for, and recordings.',
  events:
    'Answered calls: the stream that the CRM follows, and the addresses at which telephone systems tell of them.',
  mailings: 'Contacts for the dialer.',
  results: 'What became of the contacts.',
  rules: 'The do-not-call list.',
  connections: 'What the telephone systems can do, and how to try them.',
  exchanges: 'The log of HTTP exchanges with telephone systems, masked.',
  tenants: 'Companies: one document each.',
  secrets: 'Credentials, of which documents have only the names.',
  keys: 'The keys of this API.',
  service: 'For those who operate the host.',
};

/** One operation of the API, as OpenAPI calls what a method does at an address. */
export interface Operation {
  /** The name of the function in generated clients. */
  readonly id: string;
  readonly summary: string;
  readonly description?: string;
  readonly tag: keyof typeof tags;
  readonly body?: Body;
  /** Used instead of `body` if there are several formats. */
  readonly bodies?: Readonly<Record<string, Body>>;
  /** Path parameters are found automatically; these are the others. */
  readonly query?: QueryParameters;
  /** Required query parameters. */
  readonly required?: readonly string[];
  /** Query parameters that may occur several times. */
  readonly repeated?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly answers: Readonly<Record<number, Answer>>;
  /** The other formats of errors, by `Accept`. */
  readonly errorTypes?: readonly string[];
  /** Without `Authorization`. */
  readonly open?: boolean;
  /** Requires `adminOnly`. */
  readonly ofHost?: boolean;
}

const text = { type: 'string' as const };

/** The parts of a parameter's schema that are documented: what a single text can be. */
const ParameterSchema = v.object({
  description: v.string(),
  type: v.optional(v.picklist(['string', 'integer', 'boolean']), 'string'),
  enum: v.exactOptional(v.array(v.string())),
  minimum: v.exactOptional(v.number()),
  maximum: v.exactOptional(v.number()),
  minLength: v.exactOptional(v.number()),
  maxLength: v.exactOptional(v.number()),
});

const shownParameter = (parameter: string | v.GenericSchema) =>
  typeof parameter === 'string'
    ? { description: parameter, ...text }
    : v.parse(
        ParameterSchema,
        toJsonSchema(parameter, { errorMode: 'ignore', typeMode: 'output' }),
      );

/** Otherwise the page of the API sends the first value of a list unasked: `check=skip`, or a state that nothing is in. */
const leftOut = { examples: { default: { summary: 'Left out.', 'x-disabled': true } } };

const parameters = (
  place: 'query' | 'header',
  all: QueryParameters = {},
  { required = [], repeated = [] }: Pick<Operation, 'required' | 'repeated'> = {},
) =>
  Object.entries(all).map(([name, parameter]) => {
    const { description, ...schema } = shownParameter(parameter);
    const isRequired = required.includes(name);
    return {
      name,
      in: place,
      description,
      ...(isRequired && { required: true }),
      ...(schema.enum && !isRequired && leftOut),
      schema: repeated.includes(name) ? { type: 'array' as const, items: schema } : schema,
    };
  });

const answerHeaders = (descriptions: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(descriptions).map(([name, description]) => [
      name,
      { description, schema: text },
    ]),
  );

const binaryTypes = /^(?:audio|video)\/|octet-stream$/;

/** The content of media types without a schema: a recording is binary, everything else is text. */
const contentOf = (types: readonly string[] = []) =>
  Object.fromEntries(
    types.map((type) => [
      type,
      { schema: binaryTypes.test(type) ? { ...text, format: 'binary' } : text },
    ]),
  );

const bodyOf = ({ schema, mediaType = 'application/json', otherTypes = [] }: Answer) =>
  schema
    ? { [mediaType]: { schema: resolver(schema) }, ...contentOf(otherTypes) }
    : contentOf([mediaType, ...otherTypes]);

/** Describes a route for the OpenAPI document, from the schemas that check it, and refuses query parameters that it does not describe. Every route may answer with a problem. */
export function described(route: Operation) {
  const description = describeRoute(operationOf(route));
  // Additional parameters that telephone systems write into an address are their own business.
  if (route.open) return description;
  const { query = {}, repeated = [] } = route;
  return Object.assign(knownQuery({ names: Object.keys(query), repeated }), description);
}

function operationOf(route: Operation): Parameters<typeof describeRoute>[0] {
  const repeated = route.headers && 'Idempotency-Key' in route.headers ? replayedHeader : {};
  const answers = Object.entries(route.answers).map(([status, answer]) => [
    status,
    {
      description: answer.description,
      headers: answerHeaders({ ...answer.headers, ...repeated }),
      ...((answer.schema ?? answer.mediaType) && { content: bodyOf(answer) }),
    },
  ]);
  const description = [route.description, route.ofHost && 'Needs an admin key.'].filter(Boolean);
  const bodies = route.bodies ?? (route.body && { 'application/json': route.body });
  return {
    operationId: route.id,
    summary: route.summary,
    tags: [route.tag],
    ...(description.length > 0 && { description: description.join(' ') }),
    ...(route.open && { security: [] }),
    parameters: [
      ...parameters('query', route.query, route),
      ...parameters('header', route.headers),
    ],
    ...(bodies && {
      requestBody: {
        required: !route.body?.isOptional,
        content: Object.fromEntries(
          Object.entries(bodies).map(([type, { schema, example }]) => [
            type,
            { schema: resolver(schema), ...(example !== undefined && { example }) },
          ]),
        ),
      },
    }),
    responses: {
      ...Object.fromEntries(answers),
      default: {
        description: 'What went wrong, and what to do about it.',
        headers: answerHeaders({
          'Retry-After': 'Where a time is known: in how many seconds it may be tried again.',
          ...repeated,
        }),
        content: {
          'application/problem+json': { schema: resolver(ProblemSchema) },
          ...contentOf(route.errorTypes),
        },
      },
    },
  };
}

interface Message {
  readonly id: string;
  readonly type: string;
  readonly tag: keyof typeof tags;
  readonly summary: string;
  readonly data: v.GenericSchema;
}

const messageHeaders = {
  'webhook-id': 'The same each time that this message comes.',
  'webhook-timestamp': 'When it was sent, in seconds since 1970.',
  'webhook-signature': 'Of both and the body, with the secret of the company.',
};

/** Describes a message to the CRM's webhook. A schema with a `ref` must occur in some route as well: the document takes it from there. */
export async function describedMessage({ id, type, tag, summary, data }: Message): Promise<object> {
  const message = v.object({ type: v.literal(type), timestamp: v.string(), data });
  const { schema } = await resolver(message).toOpenAPISchema();
  return {
    post: {
      operationId: id,
      summary,
      tags: [tag],
      description:
        'Signed as Standard Webhooks says. Any 2xx counts as delivered; otherwise it is sent again.',
      security: [],
      parameters: parameters('header', messageHeaders, { required: Object.keys(messageHeaders) }),
      requestBody: { required: true, content: { 'application/json': { schema } } },
      responses: {
        '2XX': { description: 'Taken.' },
        410: { description: 'Not wanted: it is not sent again.' },
      },
    },
  };
}

/** The header that makes a POST safe to repeat. */
export const idempotencyHeader = {
  'Idempotency-Key':
    'The same key with the same request is done once and answered again with the same answer. 1 to 255 visible ASCII characters, kept for a day.',
};

/** A header of the answers to such a POST. */
const replayedHeader = {
  'Idempotent-Replayed': '`true` where the answer is that of an earlier request.',
};
