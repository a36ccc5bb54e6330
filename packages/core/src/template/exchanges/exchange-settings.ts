import * as v from 'valibot';
import type { NamedSchema } from '../named-schema.ts';
import { ReadSchema } from '../replies/read-settings.ts';

export const text = (description: string) =>
  v.pipe(v.string(), v.maxLength(20_000), v.description(description));

const TextOrListSchema = v.union([
  v.string(),
  v.number(),
  v.boolean(),
  v.array(v.union([v.string(), v.number(), v.boolean()])),
]);

export const charsets = ['utf-8', 'utf-8-bom', 'iso-8859-1', 'windows-1252'] as const;
export type Charset = (typeof charsets)[number];

const FilePartSchema = v.strictObject({
  filename: text('File name; may use {{ }}.'),
  contentType: v.optional(text('Media type of the part.'), 'application/octet-stream'),
  content: text('Content of the file; may use {{ }}.'),
});

/** A field that holds a whole JSON text. */
const JsonFieldSchema = v.strictObject({
  json: v.pipe(v.unknown(), v.description('A structure, sent as the text of its JSON.')),
});

const TextBodySchema = v.union([
  v.pipe(v.string(), v.maxLength(20_000)),
  v.array(
    v.union([
      v.pipe(v.string(), v.maxLength(20_000)),
      v.strictObject({
        $each: text('A list: items, or phones.'),
        $item: text('One for each of the list, as {{ item… }}.'),
        $join: v.pipe(v.optional(v.string(), ''), v.description('Between two of them.')),
      }),
    ]),
  ),
]);
export type TextBody = v.InferOutput<typeof TextBodySchema>;

const BodySchema = v.pipe(
  v.strictObject({
    json: v.pipe(
      v.optional(v.unknown()),
      v.description(
        'Sent as JSON. A text that is one {{ expression }} keeps the type of its value. A key that ends in "?" is left out where its value is empty. {"$each": "items", "$item": …} makes a list.',
      ),
    ),
    form: v.pipe(
      v.optional(v.record(v.string(), v.union([TextOrListSchema, JsonFieldSchema]))),
      v.description(
        'Sent as application/x-www-form-urlencoded; a list repeats the key, { json: … } is a field that holds JSON, a key that ends in "?" is left out where its value is empty.',
      ),
    ),
    text: v.pipe(
      v.optional(TextBodySchema),
      v.description(
        'Sent as it is; set Content-Type in headers. A list of texts is put together, and {"$each": "items", "$item": "…", "$join": "…"} in it makes one for each of a list.',
      ),
    ),
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

const writtenRequest = v.pipe(
  v.strictObject({
    method: v.pipe(
      v.optional(
        v.picklist(
          ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
          'must be GET, POST, PUT, PATCH or DELETE',
        ),
        'GET',
      ),
      v.description('The HTTP method.'),
    ),
    url: text('Absolute, or appended to baseUrl; values are escaped as path segments.'),
    headers: v.pipe(
      v.optional(v.record(v.string(), v.string()), {}),
      v.description("Besides the connection's own; one of the same name takes its place."),
    ),
    query: v.pipe(
      v.optional(v.record(v.string(), TextOrListSchema), {}),
      v.description('Behind the "?"; a list repeats the key.'),
    ),
    body: v.pipe(
      v.optional(BodySchema),
      v.description('One of json, form, text, multipart; not with GET.'),
    ),
    timeout: v.optional(
      v.pipe(v.number(), v.minValue(0.1), v.maxValue(120), v.description('Seconds.')),
    ),
    charset: v.pipe(
      v.optional(v.picklist(charsets), 'utf-8'),
      v.description('In which the body is written.'),
    ),
    follow: v.pipe(
      v.optional(v.boolean(), false),
      v.description('Follows redirects; credentials are dropped where the host changes.'),
    ),
    anonymous: v.pipe(
      v.optional(v.boolean(), false),
      v.description("Without the connection's headers: for an address that a reply has given."),
    ),
  }),
  v.title('request'),
  v.description('What is sent; each text may use {{ }}.'),
);
export interface RequestSettings extends v.InferOutput<typeof writtenRequest> {}
export interface RequestSchema extends NamedSchema<typeof writtenRequest, RequestSettings> {}
const RequestSchema: RequestSchema = writtenRequest;

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

const writtenRule = v.strictObject({
  when: text('A condition, for example: reply.ok == false and status < 300'),
  is: v.pipe(
    v.picklist(outcomeClasses, `must be one of ${outcomeClasses.join(', ')}`),
    v.description('What an answer counts as if the condition holds.'),
  ),
  message: v.optional(text("The vendor's words for the operator; may use {{ reply… }}.")),
});
export interface RuleSettings extends v.InferOutput<typeof writtenRule> {}
export interface RuleSchema extends NamedSchema<typeof writtenRule, RuleSettings> {}
const RuleSchema: RuleSchema = writtenRule;

const RulesSchema = v.pipe(
  v.optional(v.array(RuleSchema), []),
  v.description('In order; the first that holds decides. Where none holds, the HTTP status does.'),
);

const captureName = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'a capture has letters, digits and "_"'),
);

const CaptureSchema = v.pipe(
  v.optional(v.record(captureName, v.string()), {}),
  v.description(
    'Values read from the reply: {{ captures.name }} in later steps, kept with the call or mailing. callId is the id of the call.',
  ),
);

export const seconds = (least: number, most: number) =>
  v.pipe(v.number(), v.minValue(least), v.maxValue(most));

const writtenRepeat = v.pipe(
  v.strictObject({
    until: text('A condition that ends the repetition: what was waited for has come.'),
    failed: v.optional(
      text(
        'A condition that ends the repetition with an error: what was waited for will not come.',
      ),
    ),
    every: v.pipe(v.optional(seconds(0.2, 60), 1), v.description('Seconds between two requests.')),
    grows: v.pipe(
      v.optional(v.boolean(), false),
      v.description('Each pause is twice the one before, up to a minute.'),
    ),
    atMost: v.pipe(seconds(0.2, 600), v.description('Seconds in all.')),
    otherwise: v.pipe(
      v.optional(v.picklist(['fail', 'goOn']), 'fail'),
      v.description(
        'When the time is over: fail, or goOn without the captures: an accepted call whose id is not known.',
      ),
    ),
  }),
  v.description(
    'Sends the request again until a condition holds. Only for requests that change nothing.',
  ),
);
export interface RepeatSettings extends v.InferOutput<typeof writtenRepeat> {}
export interface RepeatSchema extends NamedSchema<typeof writtenRepeat, RepeatSettings> {}
const RepeatSchema: RepeatSchema = writtenRepeat;

const exchangeEntries = {
  request: RequestSchema,
  read: v.optional(ReadSchema),
  outcome: RulesSchema,
  capture: CaptureSchema,
  repeat: v.optional(RepeatSchema),
};

const writtenStep = v.pipe(
  v.strictObject({
    ...exchangeEntries,
    when: v.optional(text('A condition; where it does not hold, the step is left out.')),
    tolerate: v.pipe(
      v.optional(v.boolean(), false),
      v.description('Goes on where the system says no: a pause that was not needed, for instance.'),
    ),
  }),
  v.title('step'),
);
export interface StepSettings extends v.InferOutput<typeof writtenStep> {}
export interface StepSchema extends NamedSchema<typeof writtenStep, StepSettings> {}
export const StepSchema: StepSchema = writtenStep;

const steps = v.pipe(
  v.optional(v.pipe(v.array(StepSchema), v.maxLength(10))),
  v.description('Requests before the one of the feature, in order.'),
);

/** One request of a feature, with what goes before it. */
export const exchange = { ...exchangeEntries, steps };

export const whole = (least: number, most: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most));
