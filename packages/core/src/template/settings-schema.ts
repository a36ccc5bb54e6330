import * as v from 'valibot';
import { outcomes } from '../values/outcome.ts';

const text = (description: string) =>
  v.pipe(v.string(), v.maxLength(20_000), v.description(description));

const TextOrListSchema = v.union([
  v.string(),
  v.number(),
  v.boolean(),
  v.array(v.union([v.string(), v.number(), v.boolean()])),
]);

const FilePartSchema = v.strictObject({
  filename: text('File name; may use {{ }}.'),
  contentType: v.optional(text('Media type of the part.'), 'application/octet-stream'),
  content: text('Content of the file; may use {{ }}.'),
});

const BodySchema = v.pipe(
  v.strictObject({
    json: v.pipe(
      v.optional(v.unknown()),
      v.description(
        'Sent as JSON. A text that is one {{ expression }} keeps the type of its value.',
      ),
    ),
    form: v.pipe(
      v.optional(v.record(v.string(), TextOrListSchema)),
      v.description('Sent as application/x-www-form-urlencoded; a list repeats the key.'),
    ),
    text: v.optional(text('Sent as it is; set Content-Type in headers.')),
    multipart: v.pipe(
      v.optional(v.record(v.string(), v.union([v.string(), FilePartSchema]))),
      v.description('Sent as multipart/form-data.'),
    ),
  }),
  v.check(
    (body) => Object.values(body).filter((part) => part !== undefined).length === 1,
    'needs exactly one of json, form, text, multipart',
  ),
);
export type BodySettings = v.InferOutput<typeof BodySchema>;

const RequestSchema = v.pipe(
  v.strictObject({
    method: v.optional(
      v.picklist(
        ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
        'must be GET, POST, PUT, PATCH or DELETE',
      ),
      'GET',
    ),
    url: text('Absolute, or behind baseUrl; values are escaped as path segments.'),
    headers: v.optional(v.record(v.string(), v.string()), {}),
    query: v.pipe(
      v.optional(v.record(v.string(), TextOrListSchema), {}),
      v.description('Behind the "?"; a list repeats the key.'),
    ),
    body: v.optional(BodySchema),
    timeout: v.optional(
      v.pipe(v.number(), v.minValue(0.1), v.maxValue(120), v.description('Seconds.')),
    ),
  }),
  v.title('request'),
);
export type RequestSettings = v.InferOutput<typeof RequestSchema>;

export const outcomeClasses = [
  'ok',
  'ok_empty',
  'benign',
  'refused',
  'auth',
  'rate_limited',
  'temporary',
  'invalid_config',
  'not_found',
  'not_ready',
] as const;

const RuleSchema = v.strictObject({
  when: text('A condition, for example: reply.ok == false and status < 300'),
  is: v.picklist(outcomeClasses, `must be one of ${outcomeClasses.join(', ')}`),
  message: v.optional(text("The vendor's words for the operator; may use {{ reply… }}.")),
});
export type RuleSettings = v.InferOutput<typeof RuleSchema>;

const RulesSchema = v.pipe(
  v.optional(v.array(RuleSchema), []),
  v.description('In order; the first that holds decides. Where none holds, the HTTP status does.'),
);

const exchange = { request: RequestSchema, outcome: RulesSchema };

const CaptureSchema = v.pipe(
  v.optional(
    v.record(
      v.pipe(
        v.string(),
        v.regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'a capture has letters, digits and "_"'),
      ),
      v.string(),
    ),
    {},
  ),
  v.description('Values read from the reply and kept with the call; callId is the id of the call.'),
);

/** The template as settings: each feature as one declarative HTTP exchange. */
export const TemplateSettingsSchema = v.pipe(
  v.strictObject({
    baseUrl: v.optional(
      text('Address that relative urls stand behind, for example https://pbx.example/api'),
    ),
    variables: v.pipe(
      v.optional(
        v.record(
          v.pipe(
            v.string(),
            v.regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'a variable has letters, digits and "_"'),
          ),
          v.union([v.string(), v.number(), v.boolean()]),
        ),
        {},
      ),
      v.description('Own values, used as {{ variables.name }}; credentials as ${secret:name}.'),
    ),
    headers: v.pipe(
      v.optional(v.record(v.string(), v.string()), {}),
      v.description('Sent with every request.'),
    ),
    check: v.pipe(
      v.optional(v.strictObject(exchange)),
      v.description('A request that changes nothing and proves address and credentials.'),
    ),
    click2call: v.optional(v.strictObject({ ...exchange, capture: CaptureSchema })),
    transfer: v.optional(v.strictObject(exchange)),
    recording: v.optional(v.strictObject(exchange)),
    contactClear: v.optional(v.strictObject({ ...exchange, capture: CaptureSchema })),
    contactLoad: v.optional(
      v.strictObject({
        ...exchange,
        repeatable: v.pipe(
          v.optional(v.boolean(), false),
          v.description('The vendor keeps one entry when the same contact is sent again.'),
        ),
      }),
    ),
    dialerResults: v.optional(
      v.strictObject({
        ...exchange,
        rows: text('Where the list of attempts is in the reply, for example: reply.data'),
        fields: v.strictObject({
          contactId: text('From {{ row… }}.'),
          areaCode: v.optional(text('Where the vendor sends it apart from the number.')),
          number: text('From {{ row… }}; with or without area code.'),
          at: text('From {{ row… }}: ISO 8601; without a zone it is local time of the company.'),
          status: text("The vendor's word for the outcome."),
          callId: v.optional(text('From {{ row… }}.')),
          extension: v.optional(text('From {{ row… }}.')),
          duration: v.optional(text('Seconds of conversation.')),
        }),
        outcomes: v.pipe(
          v.optional(
            v.record(v.string(), v.picklist(outcomes, `must be one of ${outcomes.join(', ')}`)),
            {},
          ),
          v.description(
            "From the vendor's words to outcomes; a word that is missing here is kept as unknown.",
          ),
        ),
      }),
    ),
    answeredCall: v.optional(
      v.strictObject({
        fields: v.optional(
          v.strictObject({
            contactId: v.optional(text('From {{ query… }} or {{ body… }}.')),
            number: text('From {{ query… }} or {{ body… }}.'),
            callId: text('From {{ query… }} or {{ body… }}.'),
            extension: text('From {{ query… }} or {{ body… }}.'),
          }),
        ),
      }),
    ),
  }),
  v.title('template settings'),
);
export type TemplateSettings = v.InferOutput<typeof TemplateSettingsSchema>;
