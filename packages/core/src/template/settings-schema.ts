import * as v from 'valibot';
import { outcomes } from '../values/outcome.ts';
import { ReadSchema } from './read-settings.ts';

const text = (description: string) =>
  v.pipe(v.string(), v.maxLength(20_000), v.description(description));

const TextOrListSchema = v.union([
  v.string(),
  v.number(),
  v.boolean(),
  v.array(v.union([v.string(), v.number(), v.boolean()])),
]);

const charsets = ['utf-8', 'utf-8-bom', 'iso-8859-1', 'windows-1252'] as const;
export type Charset = (typeof charsets)[number];

const FilePartSchema = v.strictObject({
  filename: text('File name; may use {{ }}.'),
  contentType: v.optional(text('Media type of the part.'), 'application/octet-stream'),
  content: text('Content of the file; may use {{ }}.'),
});

/** A field that holds a whole JSON text. */
const JsonFieldSchema = v.strictObject({ json: v.unknown() });

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

const seconds = (least: number, most: number) =>
  v.pipe(v.number(), v.minValue(least), v.maxValue(most));

const RepeatSchema = v.pipe(
  v.strictObject({
    until: text('A condition: what was waited for is there.'),
    failed: v.optional(text('A condition: it will not come.')),
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
  v.description('Asks again until something is so. Only for requests that change nothing.'),
);

const exchangeEntries = {
  request: RequestSchema,
  read: v.optional(ReadSchema),
  outcome: RulesSchema,
  capture: CaptureSchema,
  repeat: v.optional(RepeatSchema),
};

const StepSchema = v.pipe(
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
export type StepSettings = v.InferOutput<typeof StepSchema>;

const steps = v.pipe(
  v.optional(v.pipe(v.array(StepSchema), v.maxLength(10))),
  v.description('Requests before the one of the feature, in order.'),
);

/** One request of a feature, with what goes before it. */
const exchange = { ...exchangeEntries, steps };

const TableSchema = v.record(
  v.string(),
  v.record(
    v.pipe(v.string(), v.regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'a column has letters, digits and "_"')),
    v.union([v.string(), v.number(), v.boolean()]),
  ),
);

const whole = (least: number, most: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most));

const CountSchema = v.pipe(
  v.optional(v.picklist(['contacts', 'phones']), 'contacts'),
  v.description('What size counts.'),
);

const FileSchema = v.pipe(
  v.strictObject({
    name: v.pipe(v.optional(v.string(), 'arqMailing.csv'), v.description('May use {{ }}.')),
    line: v.pipe(
      v.optional(v.string()),
      v.description(
        "The manual's way to write a line: ID;CPF;DDD1Telefone1;DDD2Telefone2. What stands together is joined; the sign between the names is the delimiter.",
      ),
    ),
    columns: v.pipe(
      v.optional(v.array(v.strictObject({ name: v.optional(v.string(), ''), value: v.string() }))),
      v.description('The columns in order; each value may use {{ }}.'),
    ),
    per: v.pipe(
      v.optional(v.picklist(['contact', 'phone']), 'contact'),
      v.description('One line for each.'),
    ),
    delimiter: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(5)), ';'),
    header: v.pipe(v.optional(v.boolean(), false), v.description('A first line with the names.')),
    quote: v.optional(v.picklist(['needed', 'always', 'never']), 'needed'),
    lineEnd: v.optional(v.picklist(['crlf', 'lf']), 'crlf'),
    charset: v.optional(v.picklist(charsets), 'utf-8'),
    field: v.pipe(
      v.optional(v.string()),
      v.description('Name of the part of multipart/form-data; without it the file is the body.'),
    ),
    fields: v.pipe(
      v.optional(v.record(v.string(), v.string()), {}),
      v.description('Further parts of the form.'),
    ),
    contentType: v.optional(v.string(), 'text/csv'),
  }),
  v.check(
    ({ line, columns }) => (line === undefined) !== (columns === undefined),
    'needs either line or columns',
  ),
);
export type FileSettings = v.InferOutput<typeof FileSchema>;

const ContactLoadSchema = v.strictObject({
  ...exchange,
  unit: v.pipe(
    v.optional(v.picklist(['contact', 'phone', 'batch', 'file']), 'contact'),
    v.description('What one request carries.'),
  ),
  size: v.pipe(v.optional(whole(1, 10_000), 100), v.description('Most items of a batch.')),
  count: CountSchema,
  file: v.optional(FileSchema),
  rejected: v.pipe(
    v.optional(
      v.strictObject({
        rows: text('The list of items that were not taken: reply.errors'),
        contactId: text('From {{ row… }}.'),
        message: v.optional(text('From {{ row… }}.'), ''),
      }),
    ),
    v.description('Items of a batch or file that the reply says were not taken.'),
  ),
  taken: v.optional(text('How many contacts were taken, as the reply says.')),
  prepare: v.pipe(
    v.optional(v.pipe(v.array(StepSchema), v.maxLength(10))),
    v.description('Once before the first contact.'),
  ),
  activate: v.pipe(
    v.optional(v.pipe(v.array(StepSchema), v.maxLength(10))),
    v.description('Once after the last contact: dialing begins. Safe to repeat.'),
  ),
  deactivate: v.pipe(
    v.optional(v.pipe(v.array(StepSchema), v.maxLength(10))),
    v.description('Dialing ends. Safe to repeat.'),
  ),
  find: v.pipe(
    v.optional(
      v.strictObject({
        ...exchange,
        rows: text('The list of contacts that are there.'),
        contactId: text('From {{ row… }}.'),
      }),
    ),
    v.description('Asks which of {{ items… }} the system has: settles contacts in doubt.'),
  ),
  repeatable: v.pipe(
    v.optional(v.boolean(), false),
    v.description('The vendor keeps one entry when the same contact is sent again.'),
  ),
});
export type ContactLoadSettings = v.InferOutput<typeof ContactLoadSchema>;

const PagesSchema = v.pipe(
  v.strictObject({
    size: v.pipe(
      v.optional(whole(1, 100_000)),
      v.description('Rows of a full page: {{ size }}; a page with fewer is the last.'),
    ),
    more: v.optional(text('A condition on the reply: there is another page.')),
    cursor: v.optional(
      text('From the reply: {{ cursor }} of the next request; empty on the last page.'),
    ),
    firstCursor: v.optional(v.string(), ''),
    next: v.optional(text('From the reply: the address of the next page; empty on the last one.')),
    most: v.optional(whole(1, 100_000), 10_000),
  }),
  v.title('pages'),
);

const WindowsSchema = v.pipe(
  v.strictObject({
    hours: v.pipe(
      v.optional(v.pipe(v.number(), v.minValue(0.25), v.maxValue(24 * 366)), 24),
      v.description('Length of one window.'),
    ),
    inclusive: v.pipe(
      v.optional(v.boolean(), false),
      v.description('The vendor takes {{ to }} as inside: it is one second earlier.'),
    ),
  }),
  v.description('Splits a long period; each window has its own pages.'),
);

const outcomeNames = v.picklist(outcomes, `must be one of ${outcomes.join(', ')}`);

const SettingsSchema = v.pipe(
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
    operators: v.pipe(
      v.optional(TableSchema, {}),
      v.description('Further values of each operator by extension: {{ operator.user }}.'),
    ),
    queues: v.pipe(
      v.optional(TableSchema, {}),
      v.description('Further values of each queue: {{ queueSettings.list }}.'),
    ),
    session: v.pipe(
      v.optional(
        v.strictObject({
          ...exchange,
          lifetime: v.pipe(
            v.optional(seconds(1, 31 * 86_400), 3600),
            v.description('Seconds after which it is not used any more.'),
          ),
          per: v.optional(v.picklist(['connection', 'operator']), 'connection'),
        }),
      ),
      v.description(
        'A login. What it captures is {{ session.name }} everywhere; done once for all requests, and once more when the system says that it has lapsed.',
      ),
    ),
    check: v.pipe(
      v.optional(v.strictObject(exchange)),
      v.description('A request that changes nothing and proves address and credentials.'),
    ),
    click2call: v.optional(v.strictObject(exchange)),
    transfer: v.optional(v.strictObject(exchange)),
    recording: v.optional(
      v.strictObject({
        ...exchange,
        audio: v.pipe(
          v.optional(
            v.strictObject({
              base64: v.optional(text('Where the reply holds the audio: {{ reply.data }}')),
              zip: v.optional(
                v.pipe(v.string(), v.description('Part of the name of the file in a ZIP, or ""')),
              ),
            }),
          ),
          v.description('Where the answer is not the audio itself.'),
        ),
      }),
    ),
    contactClear: v.optional(
      v.strictObject({
        ...exchange,
        each: v.pipe(
          v.optional(v.strictObject({ size: whole(1, 10_000), count: CountSchema })),
          v.description(
            'One request for so many contacts of the load before, as {{ items… }}: for systems that delete contact by contact.',
          ),
        ),
      }),
    ),
    contactLoad: v.optional(ContactLoadSchema),
    dialerResults: v.optional(
      v.strictObject({
        ...exchange,
        rows: v.pipe(
          v.optional(text('Where the list of attempts is in the reply, for example: reply.data')),
          v.description('The whole reply where it is left out.'),
        ),
        skip: v.optional(text('A condition on {{ row… }}: it is no attempt.')),
        fields: v.strictObject({
          id: v.optional(text("The vendor's own id of the attempt.")),
          contactId: v.optional(
            text('From {{ row… }}; left out or empty where the vendor does not send it back.'),
          ),
          areaCode: v.optional(text('Where the vendor sends it apart from the number.')),
          number: text('From {{ row… }}; with or without area code.'),
          at: text('From {{ row… }}: ISO 8601, or a moment made by parseDate.'),
          status: text(
            "The vendor's word for the outcome; of several fields: {{ row.a }}/{{ row.b }}.",
          ),
          callId: v.optional(text('From {{ row… }}.')),
          extension: v.optional(text('From {{ row… }}.')),
          duration: v.optional(text('Seconds of conversation.')),
        }),
        outcomes: v.pipe(
          v.optional(v.record(v.string(), outcomeNames), {}),
          v.description(
            "From the vendor's words to outcomes, without regard to case and accents: exact ones first, then in order those with * and ranges such as 18-21. A word that is missing is kept as unknown.",
          ),
        ),
        pages: v.optional(PagesSchema),
        windows: v.optional(WindowsSchema),
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
export type TemplateSettings = v.InferOutput<typeof SettingsSchema>;

/** The template as settings: each feature as a declarative HTTP exchange. */
export const TemplateSettingsSchema: v.GenericSchema<unknown, TemplateSettings> = SettingsSchema;

/** The keys of the template, for an adapter that has keys of its own beside them. */
export const templateSettingsEntries: v.ObjectEntries = SettingsSchema.entries;
