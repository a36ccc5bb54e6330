import * as v from 'valibot';
import { outcomes } from '../values/outcome.ts';
import { ContactLoadSchema, CountSchema } from './loads/contact-load-settings.ts';
import { exchange, seconds, text, whole } from './exchanges/exchange-settings.ts';
import { ReadSchema } from './replies/read-settings.ts';

const TableSchema = v.record(
  v.string(),
  v.record(
    v.pipe(v.string(), v.regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'a column has letters, digits and "_"')),
    v.union([v.string(), v.number(), v.boolean()]),
  ),
);

const PagesSchema = v.pipe(
  v.strictObject({
    size: v.pipe(
      v.optional(whole(1, 100_000)),
      v.description('Rows of a full page: {{ size }}; a page with fewer is the last.'),
    ),
    firstPage: v.pipe(
      v.optional(whole(0, 1), 1),
      v.description('{{ page }} of the first request: 0 where the vendor counts pages from 0.'),
    ),
    more: v.optional(text('A condition on the reply: there is another page.')),
    cursor: v.optional(
      text('From the reply: {{ cursor }} of the next request; empty on the last page.'),
    ),
    firstCursor: v.pipe(
      v.optional(v.string(), ''),
      v.description('{{ cursor }} of the first request.'),
    ),
    next: v.optional(text('From the reply: the address of the next page; empty on the last one.')),
    most: v.pipe(
      v.optional(whole(1, 100_000), 10_000),
      v.description('The most pages that a report may have; a longer report is an error.'),
    ),
  }),
  v.title('pages'),
  v.description('Where the report comes page by page.'),
);

const WindowsSchema = v.pipe(
  v.strictObject({
    hours: v.pipe(
      v.optional(v.pipe(v.number(), v.minValue(0.25), v.maxValue(24 * 366))),
      v.description('Length of one window; 24 where neither this nor days is given.'),
    ),
    days: v.pipe(
      v.optional(whole(1, 366)),
      v.description(
        "Instead of hours: the length of one window in days, from midnight to midnight by the company's clock; the first window begins and the last one ends with the period. 1 for a vendor that is asked for one day at a time.",
      ),
    ),
    inclusive: v.pipe(
      v.optional(v.boolean(), false),
      v.description(
        'For a vendor that counts {{ to }} as part of the window: {{ to }} is then a millisecond earlier, so that a format in seconds gives the second before.',
      ),
    ),
  }),
  v.check(
    ({ hours, days }) => hours === undefined || days === undefined,
    'has both hours and days; leave one out',
  ),
  v.description('Splits a long period; each window has its own pages.'),
);

const AnswerSchema = v.pipe(
  v.strictObject({
    json: v.pipe(v.optional(v.unknown()), v.description('An answer in JSON.')),
    text: v.optional(text('An answer as plain text.')),
  }),
  v.check(
    ({ json, text: plain }) => (json === undefined) !== (plain === undefined),
    'needs exactly one of json, text',
  ),
);

const SignatureSchema = v.pipe(
  v.strictObject({
    given: text(
      'The signature that the system sends: {{ header… }}, or another part of its request; a list where it sends several.',
    ),
    expected: text(
      'What it must be: {{ text | hmac: variables.secret }}, for example; a list where the secret is being changed.',
    ),
    at: v.optional(
      text(
        'When it was signed: ISO 8601, or a moment made by parseDate. It must be in expected too.',
      ),
    ),
    tolerance: v.pipe(
      v.optional(seconds(1, 86_400)),
      v.description(
        'By how many seconds at most the moment may differ from the current time; 300 by default.',
      ),
    ),
    except: v.optional(
      text(
        'A condition on what the system does not sign, a test of the address for instance: it is answered, and no event is taken from it.',
      ),
    ),
  }),
  v.description('Takes no notification that the system has not signed: the sender hears 403.'),
);

const fieldOfCall = 'From {{ query… }} or {{ body… }}, and with rows from {{ row… }}.';

const outcomeNames = v.picklist(outcomes, `must be one of ${outcomes.join(', ')}`);

const SettingsSchema = v.pipe(
  v.strictObject({
    baseUrl: v.optional(
      text('Address that relative urls are appended to, for example https://pbx.example/api'),
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
          per: v.pipe(
            v.optional(v.picklist(['connection', 'operator']), 'connection'),
            v.description('One login for all, or one for each operator.'),
          ),
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
    click2call: v.pipe(
      v.optional(v.strictObject(exchange)),
      v.description("Rings the operator's extension and connects it with a number."),
    ),
    transfer: v.pipe(
      v.optional(v.strictObject(exchange)),
      v.description('Hands the call of an extension to another destination.'),
    ),
    recording: v.pipe(
      v.optional(
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
      v.description('Gives the audio of a call.'),
    ),
    contactClear: v.pipe(
      v.optional(
        v.strictObject({
          ...exchange,
          each: v.pipe(
            v.optional(
              v.strictObject({
                size: v.pipe(whole(1, 10_000), v.description('Most items of one request.')),
                count: CountSchema,
              }),
            ),
            v.description(
              'One request for so many contacts of the load before, as {{ items… }}: for systems that delete contact by contact.',
            ),
          ),
        }),
      ),
      v.description('Empties a queue before it is loaded.'),
    ),
    contactLoad: v.pipe(
      v.optional(ContactLoadSchema),
      v.description('Sends the contacts of a mailing.'),
    ),
    dialerResults: v.pipe(
      v.optional(
        v.strictObject({
          ...exchange,
          rows: v.pipe(
            v.optional(text('Where the list of attempts is in the reply, for example: reply.data')),
            v.description('The whole reply where it is left out.'),
          ),
          skip: v.optional(
            text('A condition on {{ row… }}: where it holds, the row is not an attempt.'),
          ),
          fields: v.pipe(
            v.strictObject({
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
            v.description('What an attempt is read from.'),
          ),
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
      v.description('Fetches what became of the calls of the dialer.'),
    ),
    answeredCall: v.pipe(
      v.optional(
        v.strictObject({
          when: v.optional(
            text(
              'A condition on {{ query… }}, {{ body… }} or {{ header… }}; other notifications are left out.',
            ),
          ),
          signature: v.optional(SignatureSchema),
          read: v.pipe(
            v.optional(ReadSchema),
            v.description(
              'How the body becomes {{ body }}; of a list, the first that can. JSON or a form where it is left out.',
            ),
          ),
          rows: v.optional(
            text(
              'Where the list of events is, where one request may have several, for example: body.events',
            ),
          ),
          skip: v.optional(
            text(
              'A condition on {{ row… }}: a row for which it holds is not an answered call, and is left out.',
            ),
          ),
          fields: v.pipe(
            v.optional(
              v.strictObject({
                contactId: v.optional(text(fieldOfCall)),
                number: text(fieldOfCall),
                callId: text(fieldOfCall),
                extension: text(fieldOfCall),
              }),
            ),
            v.description("From other places than the manual's parameters."),
          ),
          answer: v.pipe(
            v.optional(AnswerSchema),
            v.description(
              'The answer that the system expects, also to notifications that are left out; {"status":"ok"} by default.',
            ),
          ),
        }),
      ),
      v.description('Reads what the system tells of an answered call.'),
    ),
  }),
  v.title('template settings'),
);

/** A template as a document writes it: each feature as a declarative HTTP exchange. Whatever has a default may be omitted. */
export interface Template extends v.InferInput<typeof SettingsSchema> {}

/** A checked template, with all defaults filled in. */
export interface TemplateSettings extends v.InferOutput<typeof SettingsSchema> {}

/** The template as settings of an adapter. */
export const TemplateSettingsSchema: v.GenericSchema<unknown, TemplateSettings> = SettingsSchema;

/** The keys of the template, for an adapter that adds its own. */
export const templateSettingsEntries: v.ObjectEntries = SettingsSchema.entries;
