import * as v from 'valibot';

// Identifiers of the CRM and of vendors are text: "007" is not 7, and an id above 2^53 is not a number. Control characters never
// belong to one: U+0000 breaks databases, line breaks forge protocol lines at vendors. Nor does half of a surrogate pair, which no address can hold.
const identifier = (title: string, maxLength: number, description: string) =>
  v.pipe(
    v.string(),
    v.trim(),
    v.nonEmpty(`${title} is empty`),
    v.maxLength(maxLength, `${title} has more than ${maxLength} characters`),
    v.regex(
      /^[^\u0000-\u001f\u007f-\u009f\u2028\u2029\ud800-\udfff]*$/u,
      `${title} contains a control character, or half of a character`,
    ),
    v.title(title),
    v.description(description),
  );

export const TenantIdSchema = v.pipe(
  v.string(),
  v.regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    'a tenant id has 1 to 64 letters, digits, ".", "_" or "-"',
  ),
  v.title('tenant id'),
  v.description("The company's id at Finaz; the manual's EMPRESA_ID."),
);
export type TenantId = v.InferOutput<typeof TenantIdSchema>;

export const ConnectionNameSchema = v.pipe(
  v.string(),
  v.regex(
    /^[A-Za-z][A-Za-z0-9_-]{0,63}$/,
    'a connection name has 1 to 64 letters, digits, "_" or "-" and begins with a letter',
  ),
  v.title('connection'),
  v.description("The tenant's own name for one configured use of an adapter."),
);

export const QueueSchema = identifier(
  'queue',
  128,
  "The dialer's campaign or queue at the vendor; the manual's Identificador da Fila.",
);
/** The dialer's campaign or queue at the vendor (manual: Identificador da Fila): 1 to 128 characters. */
export type Queue = v.InferOutput<typeof QueueSchema>;

export const ExtensionSchema = identifier(
  'extension',
  64,
  "The operator's phone; the manual's Ramal.",
);
/** The operator's phone (manual: Ramal): 1 to 64 characters. */
export type Extension = v.InferOutput<typeof ExtensionSchema>;

export const CallIdSchema = identifier(
  'call id',
  256,
  "The vendor's id of a call; the manual's ID_LIGACAO.",
);
/** The vendor's id of a call (manual: ID_LIGACAO): 1 to 256 characters. */
export type CallId = v.InferOutput<typeof CallIdSchema>;

export const ContactIdSchema = identifier(
  'contact id',
  128,
  "The CRM's id of a contact, which comes back in results and events; the manual's Identificador Contato CRM.",
);
/** The CRM's id of a contact, which comes back in results and events (manual: Identificador Contato CRM): 1 to 128 characters. */
export type ContactId = v.InferOutput<typeof ContactIdSchema>;

const beyondExact = 'a number beyond 2^53 loses digits, and must be sent as text';

/** Additional values that the caller passes to the connection's templates: `{{ parameters.name }}`. */
export const ParametersSchema = v.pipe(
  v.record(
    v.pipe(
      v.string(),
      v.regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/, 'a parameter name has letters, digits and "_"'),
    ),
    v.union([
      v.pipe(v.string(), v.maxLength(4096)),
      v.pipe(
        v.number(),
        v.minValue(Number.MIN_SAFE_INTEGER, beyondExact),
        v.maxValue(Number.MAX_SAFE_INTEGER, beyondExact),
      ),
      v.boolean(),
    ]),
  ),
  v.title('parameters'),
  v.description('Further values for the templates of the connection, by name.'),
);
/** Additional values that the caller passes to the connection, by name. */
export type Parameters = Readonly<v.InferOutput<typeof ParametersSchema>>;
