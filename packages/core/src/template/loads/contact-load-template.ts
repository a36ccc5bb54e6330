import type { AdapterContext } from '../../context.ts';
import { TelephonyError } from '../../errors/telephony-error.ts';
import { afterSending, inDoubtUnread, withUnknownDelivery } from '../../errors/unknown-delivery.ts';
import type {
  ContactLoad,
  ContactLoadInput,
  ContactLoadResult,
  LoadStepResult,
  RejectedContact,
} from '../../features/contact-load.ts';
import type { Contact } from '../../values/contact.ts';
import type { Mailing } from '../../values/mailing.ts';
import { compileContactFile } from './contact-file.ts';
import type { DocumentPlace } from '../language/document-place.ts';
import { compileFind } from './contact-find-template.ts';
import { compileReport, takenOf } from './contact-load-report.ts';
import type { ContactLoadSettings } from './contact-load-settings.ts';
import { decodeWhole } from '../replies/decode-text.ts';
import type { StepSettings } from '../exchanges/exchange-settings.ts';
import { sendFile } from './file-request.ts';
import { mailingScope } from '../exchanges/request-scope.ts';
import { contactValues, itemsOf, roomForPhones, type Item } from './phone-values.ts';
import { Reply } from '../replies/reply.ts';
import { isOfSettings } from '../language/refused-row.ts';
import type { RepliedScope, Scope } from '../language/scope.ts';
import {
  capturesOf,
  compileStepList,
  compileSteps,
  type StepsTemplate,
} from '../exchanges/steps-template.ts';
import type { TemplateConnection } from '../template-connection.ts';
import { itemVariables, phoneVariables } from '../language/variables.ts';
import { isReadOnce, whollyRejected, whollyRejectedOf } from './wholly-rejected.ts';
import { WritableItems } from './writable-items.ts';

export function compileContactLoad(
  settings: ContactLoadSettings,
  connection: TemplateConnection,
): ContactLoad {
  const place = connection.placeOf('contactLoad');
  const step = (name: 'prepare' | 'activate' | 'deactivate') =>
    compileMoment(settings[name], connection, place.at(name));
  const prepare = step('prepare');
  const activate = step('activate');
  const deactivate = step('deactivate');
  const find = compileFind(settings, connection, place);
  reportIdle(settings, place);
  const unit = compileUnit(settings, connection, place);
  return {
    ...unit,
    send: (input, context) =>
      unit.send(input, context).catch((error: unknown) => {
        throw asFaultOfSettings(error);
      }),
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

/** What the settings lack, each contact would fail by: the load stops with it instead, and goes on once it is added. */
function asFaultOfSettings(error: unknown): unknown {
  const isFault = TelephonyError.isInstance(error) && isUnsent(error) && isOfSettings(error);
  if (!isFault || error.code !== 'invalid_input') return error;
  const { message, hint } = error;
  return new TelephonyError({
    code: 'invalid_config',
    message,
    hint,
    feature: 'contactLoad',
    cause: error,
  });
}

/** The most phones of a contact. */
const mostOfContact = 5;

/** Reports keys that do not work with this unit: their author would believe, for instance, that rejected contacts are reported. */
function reportIdle(
  { unit, file, rejected, taken, count, size }: ContactLoadSettings,
  place: DocumentPlace,
): void {
  const isOneByOne = unit === 'contact' || unit === 'phone';
  const report = (name: string, isWritten: boolean, message: string) => {
    if (isWritten) place.at(name).report(message);
  };
  const ofMany =
    'is for unit "batch" or "file"; for one contact at a time, use a rule of the outcome';
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
  place: DocumentPlace,
): ((mailing: Mailing, context: AdapterContext) => Promise<LoadStepResult>) | undefined {
  if (!steps?.length) return undefined;
  const { lead } = compileStepList(steps, connection, place, true);
  return async (mailing, context) => {
    const led = await lead(mailingScope(connection, context, mailing), context);
    const { taken, ...kept } = capturesOf(led);
    return { captures: kept, ...takenOf(taken) };
  };
}

type Unit = Pick<ContactLoad, 'unit' | 'batch' | 'send' | 'mostPhones'>;

function compileUnit(
  settings: ContactLoadSettings,
  connection: TemplateConnection,
  place: DocumentPlace,
): Unit {
  if (settings.unit === 'file') return compileFileUnit(settings, connection, place);
  if (settings.unit === 'batch') return compileBatchUnit(settings, connection, place);
  const steps = compileSteps(
    settings,
    connection,
    settings.unit === 'phone' ? place.with(phoneVariables) : place,
  );
  return {
    unit: 'contact',
    ...roomFor(steps.last.reads),
    send: (input, context) => sendOneByOne(settings, steps, connection, input, context),
  };
}

function compileBatchUnit(
  settings: ContactLoadSettings,
  connection: TemplateConnection,
  place: DocumentPlace,
): Unit {
  const steps = compileSteps(settings, connection, place.with(itemVariables));
  const report = compileReport(settings, steps);
  // What an earlier request may have sent cannot be left out of a later one as if it were not there.
  const { before, from } = steps.leadParts((name) => /^items?\b/.test(name));
  const ofContacts = [...steps.last.reads].flatMap((name) => /^item\.(.*)$/.exec(name)?.[1] ?? []);
  return {
    unit: 'batch',
    ...(settings.count === 'contacts' && roomFor(ofContacts)),
    batch: {
      size: settings.size,
      weigh: ({ phones }) => (settings.count === 'phones' ? Math.max(1, phones.length) : 1),
    },
    async send({ mailing, contacts }, context) {
      const items: Item[] = [];
      for await (const contact of contacts) items.push(...itemsOf(contact, settings.count));
      const writable = new WritableItems(items);
      const scope = mailingScope(connection, context, mailing, { items });
      const follow = (led: Scope) =>
        orInDoubt(async () => {
          const { scope: replied, captures } = await steps.follow(led, context);
          return report(replied, captures);
        });
      const begun = await before(scope, context);
      const sent = from
        ? await writable
            .send(begun, (left) => from(left, context), isUnsent)
            .catch((error: unknown) => {
              throw begun === scope ? error : afterSending(error);
            })
            .then((led) => led && follow(led))
        : await writable.send(begun, follow);
      const told = {
        ...(sent ?? capturedBy(begun)),
        rejected: [...writable.refused, ...(sent?.rejected ?? [])],
      };
      return settings.count === 'phones'
        ? { ...told, rejected: whollyRejected(told, items) }
        : told;
    },
  };
}

/** What the steps have captured, where no contact could be written after them: later steps read it. */
function capturedBy(led: Scope): Pick<ContactLoadResult, 'captures'> {
  const captures = capturesOf(led);
  return Object.keys(captures).length > 0 ? { captures } : {};
}

const isUnsent = ({ delivery }: TelephonyError) => delivery === 'not_sent';

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
    const refusals: Refusal[] = [];
    for (const [index, item] of items.entries()) {
      const scope = mailingScope(connection, context, mailing, { ...item, parameters });
      const run = async () => {
        const led = await steps.lead(scope, context);
        return orInDoubt(() => steps.follow(led, context));
      };
      // If no number was taken before, none of this contact is there.
      const isLater = refusals.length < index;
      const result = await refusalOf(run(), { isPhone: unit === 'phone', isLater });
      if ('refusal' in result) refusals.push(result.refusal);
      else ({ captures } = result);
    }
    // If one number can be called, the contact is there.
    const [first] = refusals;
    if (first && refusals.length === items.length)
      rejected.push({ contactId: contact.contactId, ...first });
  }
  return { rejected, ...(Object.keys(captures).length > 0 && { captures }) };
}

type Refusal = Pick<RejectedContact, 'vendor' | 'reason'>;

/** If a vendor takes one contact and refuses another, the load has not failed. Nor has a contact, if one of its phones cannot be written and another can. */
async function refusalOf<Result extends object>(
  running: Promise<Result>,
  { isPhone, isLater }: { readonly isPhone: boolean; readonly isLater: boolean },
): Promise<Result | { readonly refusal: Refusal }> {
  try {
    return await running;
  } catch (error) {
    if (!TelephonyError.isInstance(error)) throw error;
    if (error.code === 'refused') return { refusal: { vendor: error.vendor ?? {} } };
    const isUnwritten = error.code === 'invalid_input' && isUnsent(error) && !isOfSettings(error);
    if (isPhone && isUnwritten) return { refusal: { vendor: {}, reason: error.message } };
    if (!isLater || error.delivery === 'unknown') throw error;
    // Some numbers of this contact are there already: it must not be sent again as if nothing had been sent.
    throw withUnknownDelivery(error);
  }
}

/** If the answer is a success but cannot be read, the contact may be there: treated as refused, it would be sent again. */
async function orInDoubt<Result>(run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    throw inDoubtUnread(error);
  }
}

function compileFileUnit(
  settings: ContactLoadSettings,
  connection: TemplateConnection,
  place: DocumentPlace,
): Unit {
  const steps = compileSteps(settings, connection, place);
  const report = compileReport(settings, steps);
  if (!settings.file) place.at('file').report('is missing: unit "file" needs it');
  if (settings.request.method === 'GET')
    place.at('request', 'method').report('a file is sent with POST, PUT or PATCH');
  if (settings.request.body) place.at('request', 'body').report('is the file; leave it out');
  const inFile = place.at('file').with({});
  const inLine = inFile.with(settings.file?.per === 'phone' ? phoneVariables : {});
  const file = settings.file && compileContactFile(settings.file, inFile, inLine);
  const reads = new Set([...inFile.reads, ...inLine.reads]);
  return {
    unit: 'mailing',
    ...roomFor([...steps.last.reads, ...reads]),
    async send({ mailing, contacts }, context) {
      const scope = mailingScope(connection, context, mailing);
      if (!file) throw new TypeError('a load by file was made without its file');
      if (file.settings.sized && isReadOnce(contacts))
        throw new TypeError('the contacts of a file were given so that they can be read only once');
      const led = await steps.lead(scope, context);
      const readable = rereadable(contacts);
      const upload = async (entered: Scope): Promise<ContactLoadResult> => {
        const { response, refused } = await sendFile(steps, file, readable, entered, context);
        if (!response) return { rejected: refused, ...capturedBy(led) };
        const reply = new Reply(
          response,
          decodeWhole(new Uint8Array(await response.arrayBuffer())),
          steps.last.read,
        );
        const replied: RepliedScope = { ...entered, reply };
        steps.last.judge(replied);
        const told = report(replied, { ...capturesOf(led), ...steps.last.capture(replied) });
        return { ...told, rejected: [...refused, ...told.rejected] };
      };
      const told = await orInDoubt(() => steps.inSession(led, context, upload, reads));
      return settings.file?.per === 'phone'
        ? { ...told, rejected: await whollyRejectedOf(told, contacts) }
        : told;
    },
  };
}

/** After a new login the file is written again, from its first contact. An input that can be read only once must never become an empty file. */
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
