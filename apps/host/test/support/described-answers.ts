import { Ajv2020 } from 'ajv/dist/2020.js';
import * as v from 'valibot';

const ContentShape = v.record(v.string(), v.object({ schema: v.looseObject({}) }));
const AnswersShape = v.record(
  v.string(),
  v.object({
    content: v.optional(ContentShape, {}),
    headers: v.optional(v.record(v.string(), v.unknown()), {}),
  }),
);
const MessageShape = v.object({
  post: v.object({ requestBody: v.object({ content: ContentShape }) }),
});
const DocumentShape = v.object({
  paths: v.record(v.string(), v.record(v.string(), v.object({ responses: AnswersShape }))),
  webhooks: v.record(v.string(), MessageShape),
  components: v.unknown(),
});

/** Compares answers with an OpenAPI document. */
export interface DescribedAnswers {
  /** `GET /v1/tenants` and so on. */
  readonly operations: readonly string[];
  /** What the document says otherwise of this answer, or does not say. */
  readonly complaints: (operation: string, answer: Response) => Promise<readonly string[]>;
  /** The same of the data of a message of a stream. */
  readonly messageComplaints: (operation: string, data: string) => readonly string[];
  /** The same of what a webhook brings. */
  readonly webhookComplaints: (body: string) => readonly string[];
}

export function describedAnswers(document: unknown): DescribedAnswers {
  const { paths, webhooks, components } = v.parse(DocumentShape, document);
  const operations = new Map(
    Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { responses }]) => [
        `${method.toUpperCase()} ${path}`,
        responses,
      ]),
    ),
  );
  const ajv = new Ajv2020({
    strict: false,
    allErrors: true,
    // The address of a webhook may name a secret where none may stand in a plain one.
    formats: { uri: true, date: true, 'date-time': /(?:Z|[+-]\d\d:\d\d)$/ },
  });
  const complaintsOf = (schema: object | undefined, value: unknown): readonly string[] => {
    if (!schema) return ['it is not told'];
    const validate = ajv.compile({ ...closed(schema), components: within(components) });
    if (validate(value)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
    );
  };
  return {
    operations: [...operations.keys()],
    async complaints(operation, answer) {
      const described = operations.get(operation);
      if (!described) return ['there is no such operation'];
      const { status } = answer;
      const said = described[status] ?? (status >= 400 ? described['default'] : undefined);
      if (!said) return [`status ${status} is not told`];
      const type = (answer.headers.get('Content-Type') ?? '').replace(/;.*/, '');
      if (type === '') return Object.keys(said.content).length > 0 ? ['it has no body'] : [];
      const content = said.content[type] ?? said.content[type.replace(/\/.*/, '/*')];
      if (!content) return [`${status} in the form ${type} is not told`];
      if (!/[/+]json$/.test(type)) return [];
      return complaintsOf(content.schema, await answer.json()).map((each) => `${status}${each}`);
    },
    messageComplaints: (operation, data) =>
      complaintsOf(
        operations.get(operation)?.['200']?.content['text/event-stream']?.schema,
        JSON.parse(data),
      ),
    webhookComplaints(body) {
      const message = v.parse(v.looseObject({ type: v.string() }), JSON.parse(body));
      const told = webhooks[message.type]?.post.requestBody.content['application/json'];
      return complaintsOf(told?.schema, message);
    },
  };
}

/** The same schema, that takes no field but those that it names: one that it does not name is not described. */
function closed(schema: unknown): object {
  const part = v.parse(v.looseObject({ properties: v.optional(v.looseObject({})) }), schema);
  const inner = Object.fromEntries(
    Object.entries(part).map(([key, value]) => [key, within(value)]),
  );
  const isWhole = part['additionalProperties'] !== undefined || part.properties === undefined;
  return isWhole || Object.keys(part.properties ?? {}).length === 0
    ? inner
    : { ...inner, additionalProperties: false };
}

function within(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(within);
  return typeof value === 'object' && value !== null ? closed(value) : value;
}
