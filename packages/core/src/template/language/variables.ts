import type { FeatureName } from '../../features/feature-name.ts';
import type { TracedValue } from '../../context.ts';

export interface Variable {
  readonly description: string;
  readonly source: TracedValue['source'];
  /** `any`: any name may follow a dot; a list: only these names may. */
  readonly members?: 'any' | readonly string[];
  /** The variable is a list: an index may follow. */
  readonly isList?: true;
}

/** The variables that may be used in one place, by name. */
export type VariableTable = Readonly<Record<string, Variable>>;

const input = (description: string): Variable => ({ description, source: 'input' });

const queue = input("The dialer's queue or campaign (manual: Identificador da Fila)");
const extension = input("The operator's phone (manual: Ramal)");
const callId = input("The vendor's id of the call (manual: ID_LIGACAO)");

const call: Variable = {
  description:
    'What the host knows of the call: extension, queue, number, contactId, startedAt, captures.NAME',
  source: 'capture',
  members: ['extension', 'queue', 'number', 'contactId', 'startedAt', 'captures'],
};

const captures: Variable = {
  description: 'What earlier steps, or earlier requests of the same call or mailing, have captured',
  source: 'capture',
  members: 'any',
};

const operator: Variable = {
  description: 'Further values of the operator, from the table "operators"',
  source: 'variable',
  members: 'any',
};

const queueSettings: Variable = {
  description: 'Further values of the queue, from the table "queues"',
  source: 'variable',
  members: 'any',
};

/** In every request. */
const everywhere: VariableTable = {
  variables: {
    description: "The connection's own values, by name",
    source: 'variable',
    members: 'any',
  },
  parameters: {
    description: "The caller's own values, by name",
    source: 'parameter',
    members: 'any',
  },
  tenant: {
    description: 'The company: id, timeZone',
    source: 'system',
    members: ['id', 'timeZone'],
  },
  now: { description: 'The present moment', source: 'system' },
  operators: {
    description: 'The table of operators as a list; each has its columns and extension',
    source: 'variable',
    isList: true,
  },
  captures,
  session: {
    description: 'What the login of the connection has captured',
    source: 'capture',
    members: 'any',
  },
};

const fiveTimes = (name: string, description: string): VariableTable =>
  Object.fromEntries(
    [1, 2, 3, 4, 5].map((index) => [`${name}${index}`, input(`${description} ${index}`)]),
  );

/** The manual's system parameters, feature by feature. */
export const featureVariables: Readonly<Record<FeatureName, VariableTable>> = {
  click2call: {
    ...everywhere,
    queue,
    queueSettings,
    extension,
    operator,
    areaCode: input('Area code of the number (manual: DDD)'),
    number: input('The number without the area code'),
    phone: input('The whole number: +5511987654321'),
    attemptId: { description: 'Our own id of this attempt, unique for ever', source: 'system' },
  },
  transfer: {
    ...everywhere,
    queue,
    queueSettings,
    extension,
    operator,
    destination: input('Where to: a number with its area code, an extension or a queue'),
    callId,
    call,
    attemptId: { description: 'Our own id of this attempt, unique for ever', source: 'system' },
  },
  recording: { ...everywhere, callId, call },
  contactLoad: {
    ...everywhere,
    queue,
    queueSettings,
    phones: {
      description:
        'The phones of the contact as a list; each has areaCode, number, phone, national, index',
      source: 'input',
      isList: true,
    },
    mailingId: input('Our id of the mailing'),
    contactId: input("The CRM's id of the contact (manual: Identificador Contato CRM)"),
    name: input('Name of the client'),
    cpf: input('CPF, as text'),
    ...fiveTimes('areaCode', 'Area code of phone'),
    ...fiveTimes('number', 'Number of phone'),
    ...fiveTimes('phone', 'The whole number, +5511987654321, of phone'),
  },
  contactClear: {
    ...everywhere,
    queue,
    queueSettings,
    previous: {
      description: 'The previously loaded mailing, if one is known: mailingId',
      source: 'system',
      members: ['mailingId'],
    },
  },
  dialerResults: {
    ...everywhere,
    queue,
    queueSettings,
    from: input('Beginning of the period'),
    to: input('End of the period'),
  },
  answeredCall: {
    ...everywhere,
    query: {
      description: "Parameters of the vendor's request, by name",
      source: 'input',
      members: 'any',
    },
    body: {
      description: "Fields of the vendor's JSON or form body, or what `read` makes of it",
      source: 'input',
      members: 'any',
    },
    header: {
      description: "Headers of the vendor's request, by lower-case name",
      source: 'input',
      members: 'any',
    },
    text: { description: "The body of the vendor's request as it was sent", source: 'input' },
    address: { description: "Path and query of the vendor's request", source: 'input' },
  },
};

/** Of a batch: the contacts, or their phones, that one request carries. */
export const itemVariables: VariableTable = {
  items: {
    description:
      'The contacts of the batch, or their phones: each has contactId, name, cpf, phones, areaCode1 …, parameters; a phone has areaCode, number, phone, national, index too',
    source: 'input',
    isList: true,
  },
};

/** Of one phone. */
export const phoneVariables: VariableTable = {
  areaCode: input('Area code of this phone'),
  number: input('Number of this phone, without the area code'),
  phone: input('This phone: +5511987654321'),
  national: input('Area code and number of this phone'),
  index: input('Which of the phones of the contact, from 1'),
};

/** Of a page of results. */
export const pageVariables: VariableTable = {
  page: { description: 'Number of the page, from 1, or from firstPage', source: 'system' },
  size: { description: 'Rows of a full page', source: 'system' },
  offset: { description: 'Rows of the pages before', source: 'system' },
  cursor: { description: 'What the previous page has given for the next', source: 'capture' },
};

/** In a login: the operator who logs in. */
export const sessionVariables: VariableTable = {
  ...everywhere,
  extension,
  operator,
};

/** In a connection's credential check. */
export const checkVariables: VariableTable = everywhere;

/** What an answer adds to the variables of its request. */
export const replyVariables: VariableTable = {
  status: { description: 'HTTP status', source: 'capture' },
  header: {
    description: "The answer's headers, by lower-case name",
    source: 'capture',
    members: 'any',
  },
  text: { description: 'The body as text', source: 'capture' },
  reply: { description: 'The body as JSON, or as `read` says', source: 'capture', members: 'any' },
};

/** Names that people know from the manual and from vendors. */
export const synonyms: Readonly<Record<string, string>> = {
  ramal: 'extension',
  ramal_usuario: 'extension',
  fila: 'queue',
  campanha: 'queue',
  campaign: 'queue',
  ddd: 'areaCode',
  ddd1: 'areaCode1',
  ddd2: 'areaCode2',
  ddd3: 'areaCode3',
  numero: 'number',
  numero1: 'number1',
  numero2: 'number2',
  telefone: 'number',
  numero_telefone: 'number',
  fone: 'phone',
  cid: 'callId',
  id_ligacao: 'callId',
  ligacao: 'callId',
  pid: 'contactId',
  id_crm: 'contactId',
  contato: 'contactId',
  nome: 'name',
  cliente: 'name',
  destino: 'destination',
  parametros: 'parameters',
  variaveis: 'variables',
  body: 'reply',
  response: 'reply',
  resposta: 'reply',
  agora: 'now',
};
