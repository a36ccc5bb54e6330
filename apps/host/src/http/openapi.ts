import { toJsonSchema } from '@valibot/to-json-schema';
import { describeRoute, resolver } from 'hono-openapi';
import * as v from 'valibot';
import { knownQuery } from './known-query.ts';
import { ProblemSchema } from './problem.ts';

interface Answer {
  readonly description: string;
  readonly schema?: v.GenericSchema;
  readonly mediaType?: string;
  /** Its other forms, by `Accept`. */
  readonly otherTypes?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
}

interface Body {
  readonly schema: v.GenericSchema;
  readonly example?: unknown;
  /** A request without one means `{}`. */
  readonly isOptional?: boolean;
}

/** Each described in words, where it is text, or by the schema that reads it. */
type QueryParameters = Readonly<Record<string, string | v.GenericSchema>>;

interface Description {
  readonly summary: string;
  readonly description?: string;
  readonly tag: string;
  readonly body?: Body;
  /** In place of `body`, where there are several forms of it. */
  readonly bodies?: Readonly<Record<string, Body>>;
  /** Named in the path are found by themselves; these are the others. */
  readonly query?: QueryParameters;
  /** Those of the query without which nothing can be done. */
  readonly required?: readonly string[];
  /** Those of the query that may stand there several times. */
  readonly repeated?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly answers: Readonly<Record<number, Answer>>;
  /** The other forms of what went wrong, by `Accept`. */
  readonly errorTypes?: readonly string[];
  /** Without `Authorization`. */
  readonly open?: boolean;
  /** Behind `adminOnly`. */
  readonly ofHost?: boolean;
}

const text = { type: 'string' as const };

/** What is told of the schema of a parameter: what one text can be. */
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

const parameters = (
  place: 'query' | 'header',
  all: QueryParameters = {},
  { required = [], repeated = [] }: Pick<Description, 'required' | 'repeated'> = {},
) =>
  Object.entries(all).map(([name, parameter]) => {
    const { description, ...schema } = shownParameter(parameter);
    return {
      name,
      in: place,
      description,
      ...(required.includes(name) && { required: true }),
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

const textAnswer = { schema: text };
const inText = (types: readonly string[] = []) =>
  Object.fromEntries(types.map((type) => [type, textAnswer]));

/** Describes a route for the OpenAPI document, from the schemas that check it, and refuses a query that it does not describe. Every route may answer with a problem. */
export function described(route: Description) {
  const description = describeRoute(operationOf(route));
  // What telephone systems write into an address beside what is asked for is their own.
  if (route.open) return description;
  const { query = {}, repeated = [] } = route;
  return Object.assign(knownQuery({ names: Object.keys(query), repeated }), description);
}

function operationOf(route: Description): Parameters<typeof describeRoute>[0] {
  const answers = Object.entries(route.answers).map(
    ([status, { description, schema, mediaType, otherTypes, headers }]) => [
      status,
      {
        description,
        ...(headers && { headers: answerHeaders(headers) }),
        ...((schema ?? mediaType) && {
          content: {
            [mediaType ?? 'application/json']: schema ? { schema: resolver(schema) } : textAnswer,
            ...inText(otherTypes),
          },
        }),
      },
    ],
  );
  const description = [route.description, route.ofHost && 'Needs an admin key.'].filter(Boolean);
  const bodies = route.bodies ?? (route.body && { 'application/json': route.body });
  return {
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
        }),
        content: {
          'application/problem+json': { schema: resolver(ProblemSchema) },
          ...inText(route.errorTypes),
        },
      },
    },
  };
}

/** The header that makes a POST safe to repeat. */
export const idempotencyHeader = {
  'Idempotency-Key':
    'The same key with the same request is done once and answered again with the same answer. 1 to 255 visible ASCII characters, kept for a day.',
};

/** Of answers to such a POST. */
export const replayedHeader = {
  'Idempotent-Replayed': '`true` where the answer is that of an earlier request.',
};
