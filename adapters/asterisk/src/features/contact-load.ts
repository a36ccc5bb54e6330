import type { Contact, ContactLoad, RejectedContact } from '@finaz-telephony/core';
import {
  inAmiSession,
  readBeginning,
  readEntry,
  readTree,
  type Act,
  type AmiWork,
} from '../ami.ts';
import { askAri } from '../ari.ts';
import { checkQueue } from '../check-queue.ts';
import { dialerOf, startDialer, stopDialer } from '../dialer-channel.ts';
import {
  click2callResults,
  keyOf,
  resultsOf,
  transfers,
  underWay,
  waiting,
  withoutTime,
} from '../families.ts';
import { readResult } from '../results.ts';
import { isSafeContactId, plainNumber, safeQueue } from '../safe-text.ts';
import type { AsteriskSettings } from '../settings.ts';

/** Contacts per login: a second or two at Asterisk. */
const batchSize = 500;
/** Older versions of Asterisk accept 255 characters including the family. */
const longestKey = 150;
/** Results older than this, which nobody can still want, are removed: all are read at once, and a list too large to be read would make every load fail. */
const keptSeconds = 60 * 86_400;
/** The most results that are kept, about 45 MB; the oldest are removed first. */
const mostKept = 300_000;

/** Sends contacts into the list of the dialer in the dialplan. The same contact again replaces the first. */
export function contactLoad(settings: AsteriskSettings): ContactLoad {
  const work = (context: AmiWork['context']): AmiWork => ({
    settings,
    context,
    feature: 'contactLoad',
  });
  return {
    unit: 'batch',
    batch: { size: batchSize, weigh: () => 1 },
    repeatable: true,

    /** Nothing of this mailing is dialed before all of it is there: otherwise a contact that is sent again could be called twice. */
    async prepare({ queue }, context) {
      const name = safeQueue(queue, 'contactLoad');
      await inAmiSession(work(context), async (act) => {
        await checkQueue(act, name, 'contactLoad');
        await removeOld(act, name, context.now().getTime() / 1000);
      });
      await stopDialer(work(context), name);
      return {};
    },

    async send({ mailing, contacts }, context) {
      const queue = safeQueue(mailing.queue, 'contactLoad');
      // If failed contacts of a mailing are sent again, the mailing was prepared earlier, and is being dialed.
      await stopDialer(work(context), queue);
      const batch: Contact[] = [];
      for await (const contact of contacts) batch.push(contact);
      return inAmiSession(work(context), async (act, durably) => {
        const sample = createSample();
        const taken = new Map<string, string>();
        return durably(
          async () => {
            const rejected: RejectedContact[] = [];
            for (const contact of batch) {
              const told = await put(act, queue, contact, settings.answeringMachines);
              if (typeof told === 'string') {
                rejected.push({ contactId: contact.contactId, vendor: { message: told } });
              } else {
                taken.set(told.key, told.value);
                sample.add(told.key);
              }
            }
            await forgetNextTries(act, queue, taken);
            return { rejected, taken: batch.length - rejected.length };
          },
          () => areThere(act, queue, sample.keys(), taken),
        );
      });
    },

    async find({ queue }, contacts, context) {
      const name = safeQueue(queue, 'contactLoad');
      return inAmiSession(work(context), async (act) => {
        const there = new Set<string>();
        for (const family of [waiting(name), underWay(name)])
          for (const key of (await readTree(act, family)).keys()) there.add(withoutTime(key));
        return new Set(
          contacts.map(({ contactId }) => contactId).filter((id) => there.has(keyOf(id))),
        );
      });
    },

    async activate({ queue }, context) {
      const name = safeQueue(queue, 'contactLoad');
      await startDialer(work(context), name);
      return {};
    },

    /** The dialer is a channel: it ends with Asterisk, while the list stays. */
    async keepDialing({ queue }, context) {
      const name = safeQueue(queue, 'contactLoad');
      const { status } = await askAri(work(context), 'GET', `/channels/${dialerOf(name)}`);
      if (status !== 404) return { isStartedAgain: false };
      await startDialer(work(context), name);
      return { isStartedAgain: true };
    },

    async deactivate({ queue }, context) {
      await stopDialer(work(context), safeQueue(queue, 'contactLoad'));
    },
  };
}

/** @returns the entry, or why it was rejected */
async function put(
  act: Act,
  queue: string,
  contact: Contact,
  answeringMachines: boolean,
): Promise<{ readonly key: string; readonly value: string } | string> {
  if (!isSafeContactId(contact.contactId)) {
    return 'the contact id has characters that Asterisk cannot store; it may have letters, digits, "." "_" ":" "@" "-"';
  }
  const key = keyOf(contact.contactId);
  if (key.length > longestKey) return 'the contact id is too long for the database of Asterisk';
  const numbers = contact.phones.map(({ areaCode, number }) => plainNumber(`${areaCode}${number}`));
  if (numbers.includes(undefined))
    return 'a telephone number of the contact has characters other than digits, blanks, (, ), +, . and -';
  const value = `${contact.contactId}|${numbers.join('-')}|${answeringMachines ? 'amd' : ''}|0|0`;
  const answer = await act({ Action: 'DBPut', Family: waiting(queue), Key: key, Val: value });
  return answer.isSuccess ? { key, value } : answer.message;
}

/** A contact that is loaded again loses the next try of its earlier load, which would be an extra call, perhaps to a number that the contact no longer has. */
async function forgetNextTries(
  act: Act,
  queue: string,
  loaded: ReadonlyMap<string, string>,
): Promise<void> {
  for (const key of (await readBeginning(act, waiting(queue), '~')).keys())
    if (loaded.has(withoutTime(key)))
      await act({ Action: 'DBDel', Family: waiting(queue), Key: key });
}

/**
 * A few keys that stand for all: Asterisk writes to the disk once a second, and keeps or takes back together what was put in the same second. They are the
 * first and the last key of each half second, because after a pause the first alone may have been written with those before it.
 */
function createSample() {
  const everyMs = 500;
  const ends: string[] = [];
  let slot: number | undefined;
  let last: string | undefined;
  return {
    add(key: string): void {
      const now = Math.floor(performance.now() / everyMs);
      if (now !== slot) ends.push(last ?? key, key);
      slot = now;
      last = key;
    },
    keys: (): readonly string[] => (last === undefined ? [] : [...ends, last]),
  };
}

/** Compares the values, too: the key of a contact that was in the list before is still there if its new entry was taken back. */
async function areThere(
  act: Act,
  queue: string,
  keys: readonly string[],
  values: ReadonlyMap<string, string>,
): Promise<boolean> {
  for (const key of keys)
    if ((await readEntry(act, waiting(queue), key)) !== values.get(key)) return false;
  return true;
}

async function removeOld(act: Act, queue: string, now: number): Promise<void> {
  const ended = (line: string) => readResult(line)?.ended ?? now;
  const transferred = (line: string) => Number(/^[^|]*\|(\d+)\|/.exec(line)?.[1] ?? now);
  for (const [family, timeOf] of [
    [resultsOf(queue), ended],
    [click2callResults, ended],
    [transfers, transferred],
  ] as const) {
    const entries = [...(await readTree(act, family))].map(([key, line]) => ({
      key,
      time: timeOf(line),
    }));
    const tooMany = Math.max(0, entries.length - mostKept);
    const old = entries
      .toSorted((one, other) => one.time - other.time)
      .filter(({ time }, index) => index < tooMany || time < now - keptSeconds);
    for (const { key } of old) await act({ Action: 'DBDel', Family: family, Key: key });
  }
}
