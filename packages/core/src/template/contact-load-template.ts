import type { AdapterContext } from '../context.ts';
import { TelephonyError, type VendorAnswer } from '../errors/telephony-error.ts';
import { withUnknownDelivery } from '../errors/unknown-delivery.ts';
import type { ContactClear } from '../features/contact-clear.ts';
import type {
  ContactLoad,
  ContactLoadInput,
  ContactLoadResult,
  LoadStepResult,
  RejectedContact,
} from '../features/contact-load.ts';
import type { Contact } from '../values/contact.ts';
import type { Mailing } from '../values/mailing.ts';
import { compileContactFile } from './contact-file.ts';
import type { DocumentCompiler } from './compile-document.ts';
import { decodeWhole } from './decode-text.ts';
import { sendFile } from './file-request.ts';
import { contactValues, itemsOf, roomForPhones } from './phone-values.ts';
import { unreadable } from './outcome-rules.ts';
import { excerptOf, Reply } from './reply.ts';
import { compileList } from './reply-list.ts';
import { columnsOf } from './report-columns.ts';
import type { RepliedScope } from './exchange-template.ts';
import { rowsOf } from './reply-reader.ts';
import type { Scope } from './scope.ts';
import type { ContactLoadSettings } from './contact-load-settings.ts';
import type { StepSettings } from './exchange-settings.ts';
import type { TemplateSettings } from './settings-schema.ts';
import { capturesOf, compileStepList, compileSteps, type StepsTemplate } from './steps-template.ts';
import {
  baseValues,
  scopeOf,
  tableValues,
  type TemplateConnection,
} from './template-connection.ts';
import { isEmpty, textOf } from './value.ts';
import { itemVariables, phoneVariables } from './variables.ts';
import { isReadOnce, whollyRejected, whollyRejectedOf } from './wholly-rejected.ts';

/** What every request of a mailing may read. */
function mailingScope(
  connection: TemplateConnection,
  mailing: Mailing,
  context: AdapterContext,
  more: Readonly<Record<string, unknown>> = {},
): Scope {
  return scopeOf(
    {
      ...baseValues(connection, context, mailing.parameters),
      queue: mailing.queue,
      mailingId: mailing.mailingId,
      captures: mailing.captures,
      ...tableValues(connection, { queue: mailing.queue }),
      ...more,
    },
    context,
  );
}

export function compileContactLoad(
  settings: ContactLoadSettings,
  connection: TemplateConnection,
): ContactLoad {
  const compiler = connection.compilerFor('contactLoad');
  const path = ['contactLoad'];
  const step = (name: 'prepare' | 'activate' | 'deactivate') =>
    compileMoment(settings[name], connection, compiler, [...path, name]);
  const prepare = step('prepare');
  const activate = step('activate');
  const deactivate = step('deactivate');
  const find = compileFind(settings, connection, compiler);
  reportIdle(settings, compiler);
  return {
    ...compileUnit(settings, connection, compiler),
    repeatable: settings.repeatable,
    ...(prepare && { prepare }),
    ...(activate && { activate }),
    ...(deactivate && {
      deactivate: async (mailing: Mailing, context: AdapterContext) => {
        await deactivate(mailing, context);
      },
    }),
    ...(find && { find }),
  };
}

/** Of a contact. */
const mostOfContact = 5;

/** What would do nothing with this unit: whoever wrote it believes that contacts which were not taken are told. */
function reportIdle(
  { unit, file, rejected, taken, count, size }: ContactLoadSettings,
  compiler: DocumentCompiler,
): void {
  const isOneByOne = unit === 'contact' || unit === 'phone';
  const report = (name: string, isWritten: boolean, message: string) => {
    if (isWritten) compiler.report(['contactLoad', name], message);
  };
  const ofMany = 'is for unit "batch" or "file"; of one contact, a rule of the outcome says it';
  report('rejected', isOneByOne && rejected !== undefined, ofMany);
  report('taken', isOneByOne && taken !== undefined, ofMany);
  report('file', unit !== 'file' && file !== undefined, 'is for unit "file"');
  report(
    'size',
    unit === 'batch' && count === 'phones' && size < mostOfContact,
    `must be ${mostOfContact} or more: the phones of a contact go in one request`,
  );
}

/** A few requests at one moment of a mailing. */
function compileMoment(
  steps: readonly StepSettings[] | undefined,
  connection: TemplateConnection,
  compiler: DocumentCompiler,
  path: readonly (string | number)[],
): ((mailing: Mailing, context: AdapterContext) => Promise<LoadStepResult>) | undefined {
  if (!steps?.length) return undefined;
  const { lead } = compileStepList(steps, connection, compiler, path, 'contactLoad');
  return async (mailing, context) => {
    const led = await lead(mailingScope(connection, mailing, context), context);
    const { taken, ...kept } = capturesOf(led);
    return { captures: kept, ...takenOf(taken) };
  };
}

/** What is no number says nothing: none that were taken would show every contact as lost. */
function takenOf(text: string | undefined): { readonly taken?: number } {
  return text !== undefined && /^\d{1,15}$/.test(text.trim()) ? { taken: Number(text) } : {};
}

type Unit = Pick<ContactLoad, 'unit' | 'batch' | 'send' | 'mostPhones'>;

function compileUnit(
  settings: ContactLoadSettings,
  connection: TemplateConnection,
  compiler: DocumentCompiler,
): Unit {
  const path = ['contactLoad'];
  if (settings.unit === 'file') return compileFileUnit(settings, connection, compiler);
  if (settings.unit === 'batch') {
    const steps = compileSteps(
      settings,
      connection,
      compiler.with(itemVariables),
      path,
      'contactLoad',
    );
    const report = compileReport(settings, steps);
    return {
      unit: 'batch',
      batch: {
        size: settings.size,
        weigh: ({ phones }) => (settings.count === 'phones' ? Math.max(1, phones.length) : 1),
      },
      async send({ mailing, contacts }, context) {
        const items = [];
        for await (const contact of contacts) items.push(...itemsOf(contact, settings.count));
        const led = await steps.lead(
          mailingScope(connection, mailing, context, { items }),
          context,
        );
        const told = await orInDoubt(async () => {
          const { scope, captures } = await steps.follow(led, context);
          return report(scope, captures);
        });
        return settings.count === 'phones'
          ? { ...told, rejected: whollyRejected(told, items) }
          : told;
      },
    };
  }
  const steps = compileSteps(
    settings,
    connection,
    settings.unit === 'phone' ? compiler.with(phoneVariables) : compiler,
    path,
    'contactLoad',
  );
  return {
    unit: 'contact',
    ...roomFor(steps.last.reads),
    send: (input, context) => sendOneByOne(settings, steps, connection, input, context),
  };
}

function roomFor(reads: Iterable<string>): Pick<Unit, 'mostPhones'> {
  const mostPhones = roomForPhones(reads);
  return mostPhones === undefined ? {} : { mostPhones };
}

/** One request for each contact, or for each of its phones. */
async function sendOneByOne(
  { unit }: ContactLoadSettings,
  steps: StepsTemplate,
  connection: TemplateConnection,
  { mailing, contacts }: ContactLoadInput,
  context: AdapterContext,
): Promise<ContactLoadResult> {
  const rejected: RejectedContact[] = [];
  let captures = {};
  for await (const contact of contacts) {
    const parameters = { ...mailing.parameters, ...contact.parameters };
    const items = unit === 'phone' ? itemsOf(contact, 'phones') : [contactValues(contact)];
    const refusals: VendorAnswer[] = [];
    for (const [index, item] of items.entries()) {
      const scope = mailingScope(connection, { ...mailing, parameters }, context, {
        ...item,
        parameters,
      });
      const run = async () => {
        const led = await steps.lead(scope, context);
        return orInDoubt(() => steps.follow(led, context));
      };
      const result = await refusalOf(run(), index > 0);
      if ('vendor' in result) refusals.push(result.vendor);
      else ({ captures } = result);
    }
    // With one number that can be called, the contact is there.
    const [first] = refusals;
    if (first && refusals.length === items.length)
      rejected.push({ contactId: contact.contactId, vendor: first });
  }
  return { rejected, ...(Object.keys(captures).length > 0 && { captures }) };
}

/** A vendor that takes one contact and refuses another is no failure of the load. */
async function refusalOf<Result extends object>(
  running: Promise<Result>,
  isLater: boolean,
): Promise<Result | { readonly vendor: VendorAnswer }> {
  try {
    return await running;
  } catch (error) {
    if (!TelephonyError.isInstance(error)) throw error;
    if (error.code === 'refused') return { vendor: error.vendor ?? {} };
    if (!isLater || error.delivery === 'unknown') throw error;
    // Some numbers of this contact are there already: it must not be sent again as if nothing had left.
    throw withUnknownDelivery(error);
  }
}

/** What was sent with a success for an answer is there, perhaps, where the answer cannot be read: as refused it would be sent again. */
async function orInDoubt<Result>(run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    const isUnread = TelephonyError.isInstance(error) && error.code === 'unreadable_response';
    throw isUnread ? withUnknownDelivery(error) : error;
  }
}

/** What a reply says of the contacts of a batch or file. */
function compileReport(
  settings: Pick<ContactLoadSettings, 'rejected' | 'taken' | 'read'>,
  steps: StepsTemplate,
): (scope: RepliedScope, captures: Readonly<Record<string, string>>) => ContactLoadResult {
  const { replied } = steps.last;
  const path = ['contactLoad'];
  const taken =
    settings.taken === undefined ? undefined : replied.text(settings.taken, [...path, 'taken']);
  const rows =
    settings.rejected && replied.expression(settings.rejected.rows, [...path, 'rejected', 'rows']);
  const readsReply = taken?.reads.has('reply') || rows?.reads.has('reply');
  const inRow = replied.with({
    row: { description: 'One item of the list', source: 'capture', members: 'any' },
  });
  const contactId =
    settings.rejected &&
    inRow.text(settings.rejected.contactId, [...path, 'rejected', 'contactId']);
  const message =
    settings.rejected && inRow.text(settings.rejected.message, [...path, 'rejected', 'message']);
  const refusedIn = (scope: RepliedScope): readonly unknown[] => {
    const found = rows?.evaluate(scope);
    // A system that took all of them leaves the list out, mostly.
    const list = isEmpty(found) ? [] : rowsOf(found, settings.read);
    if (list) return list;
    throw unreadable(
      scope.reply,
      'contactLoad',
      `The answer has something else than a list at "${settings.rejected?.rows}".`,
    );
  };
  return (scope, captures) => {
    if (readsReply && scope.reply.text.trim() !== '' && scope.reply.value() === undefined) {
      throw unreadable(
        scope.reply,
        'contactLoad',
        'Which contacts were taken is not known: the telephone system answered in another form than the connection expects.',
      );
    }
    const list = refusedIn(scope);
    const rejected = list.map((row): RejectedContact => {
      const rowScope = { ...scope, values: { ...scope.values, row } };
      const words = message?.render(rowScope) ?? '';
      return {
        contactId: contactId?.render(rowScope).trim() ?? '',
        vendor: { status: scope.reply.status, ...(words !== '' && { message: words }) },
      };
    });
    return {
      rejected,
      captures,
      ...takenOf(taken?.render(scope)),
      vendor: { status: scope.reply.status, excerpt: excerptOf(scope.reply.text) },
    };
  };
}

function compileFileUnit(
  settings: ContactLoadSettings,
  connection: TemplateConnection,
  compiler: DocumentCompiler,
): Unit {
  const path = ['contactLoad'];
  const steps = compileSteps(settings, connection, compiler, path, 'contactLoad');
  const report = compileReport(settings, steps);
  if (!settings.file) compiler.report([...path, 'file'], 'is missing: unit "file" needs it');
  if (settings.request.method === 'GET')
    compiler.report([...path, 'request', 'method'], 'a file is sent with POST, PUT or PATCH');
  if (settings.request.body)
    compiler.report([...path, 'request', 'body'], 'is the file; leave it out');
  const inFile = compiler.with({});
  const inLine = compiler.with(settings.file?.per === 'phone' ? phoneVariables : {});
  const file =
    settings.file && compileContactFile(settings.file, inFile, inLine, [...path, 'file']);
  const reads = new Set([...inFile.reads, ...inLine.reads]);
  return {
    unit: 'mailing',
    ...roomFor([...steps.last.reads, ...reads]),
    async send({ mailing, contacts }, context) {
      const scope = mailingScope(connection, mailing, context);
      if (!file) throw new TypeError('a load by file was made without its file');
      const led = await steps.lead(scope, context);
      const readable = rereadable(contacts);
      const upload = async (entered: Scope): Promise<ContactLoadResult> => {
        const response = await sendFile(steps, file, readable(), entered, context);
        const reply = new Reply(
          response.status,
          response.headers,
          decodeWhole(new Uint8Array(await response.arrayBuffer())),
          steps.last.read,
        );
        const replied: RepliedScope = { ...entered, reply };
        steps.last.judge(replied);
        const told = report(replied, { ...capturesOf(led), ...steps.last.capture(replied) });
        return settings.file?.per === 'phone'
          ? { ...told, rejected: await whollyRejectedOf(told, contacts) }
          : told;
      };
      return orInDoubt(() => steps.inSession(led, context, upload, reads));
    },
  };
}

/** After a new login the file is written once more, from its first contact. What can be read only once must never become an empty file. */
function rereadable(contacts: AsyncIterable<Contact>): () => AsyncIterable<Contact> {
  let isBegun = false;
  return () => {
    const isFirst = !isBegun;
    isBegun = true;
    if (isFirst || !isReadOnce(contacts)) return contacts;
    throw new TelephonyError({
      code: 'auth_failed',
      message: 'The login had lapsed while the file was sent. It can be sent again.',
      delivery: 'answered',
      feature: 'contactLoad',
    });
  };
}

function compileFind(
  { find }: ContactLoadSettings,
  connection: TemplateConnection,
  compiler: DocumentCompiler,
): ContactLoad['find'] {
  if (!find) return undefined;
  const path = ['contactLoad', 'find'];
  const steps = compileSteps(find, connection, compiler.with(itemVariables), path, 'contactLoad');
  const { replied } = steps.last;
  const inRow = replied.with({
    row: { description: 'One item of the list', source: 'capture', members: 'any' },
  });
  const contactId = inRow.text(find.contactId, [...path, 'contactId']);
  const columns = columnsOf({ contactId: find.contactId }, inRow, path);
  const rows = compileList(
    { rows: find.rows, read: find.read, columns, feature: 'contactLoad' },
    replied,
    [...path, 'rows'],
  );
  return async (mailing, contacts, context) => {
    const items = contacts.flatMap((contact) => itemsOf(contact, 'contacts'));
    const { scope, outcome } = await steps.run(
      mailingScope(connection, mailing, context, { items }),
      context,
    );
    if (outcome === 'ok_empty') return new Set();
    // Of what is said not to be there, every contact is sent again.
    if (scope.reply.text.trim() === '') {
      throw unreadable(scope.reply, 'contactLoad', 'The answer is empty.');
    }
    const asked = new Set(contacts.map((contact) => contact.contactId));
    const there = rows(scope).map((row) =>
      contactId.render({ ...scope, values: { ...scope.values, row } }).trim(),
    );
    return new Set(there.filter((id) => asked.has(id)));
  };
}

export function compileContactClear(
  settings: NonNullable<TemplateSettings['contactClear']>,
  connection: TemplateConnection,
): ContactClear {
  const { each } = settings;
  const compiler = connection.compilerFor('contactClear');
  const steps = compileSteps(
    settings,
    connection,
    each ? compiler.with(itemVariables) : compiler,
    ['contactClear'],
    'contactClear',
  );
  return async ({ queue, parameters, previous }, context) => {
    const scope = scopeOf(
      {
        ...baseValues(connection, context, parameters),
        queue,
        captures: previous?.mailing.captures ?? {},
        previous: previous && { mailingId: previous.mailing.mailingId },
        ...tableValues(connection, { queue }),
      },
      context,
    );
    if (!each) {
      const { captures } = await steps.run(scope, context);
      return clearedOf(captures['cleared']);
    }
    let cleared = 0;
    const run = async (items: readonly unknown[]) => {
      const { captures } = await steps.run(
        { ...scope, values: { ...scope.values, items } },
        context,
      );
      cleared += clearedOf(captures['cleared']).cleared ?? items.length;
    };
    for await (const items of inBatches(previous?.contacts(), each)) await run(items);
    return { cleared };
  };
}

function clearedOf(text: string | undefined): { readonly cleared?: number } {
  const cleared = Number(textOf(text) || Number.NaN);
  return Number.isInteger(cleared) ? { cleared } : {};
}

async function* inBatches(
  contacts: AsyncIterable<Contact> | undefined,
  { size, count }: { readonly size: number; readonly count: 'contacts' | 'phones' },
): AsyncGenerator<readonly unknown[]> {
  let items: unknown[] = [];
  for await (const contact of contacts ?? []) {
    for (const item of itemsOf(contact, count)) {
      items.push(item);
      if (items.length < size) continue;
      yield items;
      items = [];
    }
  }
  if (items.length > 0) yield items;
}
