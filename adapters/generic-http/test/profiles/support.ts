import type {
  Adapter,
  Captures,
  Click2CallInput,
  Contact,
  ContactLoadResult,
  AdapterFeatures,
  Features,
  Mailing,
  ReportedAttempt,
  TransferInput,
  UnreadableRow,
} from '@finaz-telephony/core';
import { TelephonyError } from '@finaz-telephony/core';
import { createTestContext } from '@finaz-telephony/testing';
import * as v from 'valibot';
import { onTestFinished } from 'vitest';
import genericHttp from '../../src/index.ts';

/** An adapter of a profile, made as a host makes it. */
export function adapterOf(profile: string, own: object): Adapter {
  return genericHttp.create(v.parse(genericHttp.settings, { profile, ...own }));
}

/** An adapter of a profile, connected to a vendor's server that lives as long as the test. */
export async function connect<Server extends { readonly close: () => Promise<void> }>(
  profile: string,
  starting: Promise<Server>,
  settingsFor: (server: Server) => object,
): Promise<{ readonly server: Server; readonly adapter: Adapter }> {
  const server = await starting;
  onTestFinished(() => server.close());
  return { server, adapter: adapterOf(profile, settingsFor(server)) };
}

/** A feature that the profile must have. */
export function feature<Name extends keyof Features>(
  { features }: Adapter,
  name: Name,
): Features[Name] {
  const found: AdapterFeatures[Name] = features[name];
  if (!found) throw new Error(`the profile has no ${name}`);
  return found;
}

export function callTo(number: string, extension = '1001'): Click2CallInput {
  return {
    queue: '42',
    extension,
    phone: {
      kind: 'mobile',
      e164: `+55${number}`,
      areaCode: number.slice(0, 2),
      number: number.slice(2),
    },
    parameters: {},
    attemptId: '0b6c1f6e-8b5e-4f6e-9d0c-2a54a6c9a001',
  };
}

export function transferTo(destination: string, callId: string | null = null): TransferInput {
  return {
    queue: '42',
    extension: '1001',
    destination,
    callId,
    parameters: {},
    attemptId: '0b6c1f6e-8b5e-4f6e-9d0c-2a54a6c9a002',
  };
}

export function contact(contactId: string, ...phones: readonly string[]): Contact {
  return {
    contactId,
    name: 'Conceição D’Ávila & Filhos',
    cpf: '52998224725',
    phones: phones.map((phone) => ({ areaCode: phone.slice(0, 2), number: phone.slice(2) })),
  };
}

export function mailingIn(queue: string): Mailing {
  return { mailingId: 'm-0001', queue, parameters: {}, captures: {} };
}

export async function* each<Item>(items: readonly Item[]): AsyncGenerator<Item> {
  yield* items;
}

/** Loads as a host does: prepared, sent in units of the adapter, activated. */
export async function load(adapter: Adapter, mailing: Mailing, contacts: readonly Contact[]) {
  const contactLoad = feature(adapter, 'contactLoad');
  const context = createTestContext();
  const prepared = await contactLoad.prepare?.(mailing, context);
  let loading = withCaptures(mailing, prepared?.captures);
  const groups =
    contactLoad.unit === 'mailing' ? [contacts] : groupsOf(contacts, contactLoad.batch);
  const told: ContactLoadResult[] = [];
  for (const group of groups) {
    const result = await contactLoad.send({ mailing: loading, contacts: each(group) }, context);
    loading = withCaptures(loading, result.captures);
    told.push(result);
  }
  await contactLoad.activate?.(loading, context);
  return { mailing: loading, results: told, rejected: told.flatMap(({ rejected }) => rejected) };
}

function withCaptures(mailing: Mailing, captures: Captures = {}): Mailing {
  return { ...mailing, captures: { ...mailing.captures, ...captures } };
}

function groupsOf(
  contacts: readonly Contact[],
  batch: { readonly size: number; readonly weigh: (contact: Contact) => number } | undefined,
): readonly (readonly Contact[])[] {
  if (!batch) return contacts.map((one) => [one]);
  const groups: Contact[][] = [[]];
  let weight = 0;
  for (const one of contacts) {
    const added = batch.weigh(one);
    if (weight + added > batch.size) {
      groups.push([]);
      weight = 0;
    }
    groups.at(-1)?.push(one);
    weight += added;
  }
  return groups;
}

export interface Read {
  readonly attempts: readonly ReportedAttempt[];
  readonly unreadable: readonly UnreadableRow[];
}

export async function results(
  adapter: Adapter,
  mailing: Mailing,
  from: Date,
  to: Date,
): Promise<Read> {
  const attempts: ReportedAttempt[] = [];
  const unreadable: UnreadableRow[] = [];
  const reading = feature(adapter, 'dialerResults').read(
    { mailing, period: { from, to }, onUnreadable: (row) => unreadable.push(row) },
    createTestContext(),
  );
  for await (const attempt of reading) attempts.push(attempt);
  return { attempts, unreadable };
}

/** The error that a feature ends with. */
export async function failureOf(running: Promise<unknown>): Promise<TelephonyError> {
  try {
    await running;
  } catch (error) {
    if (TelephonyError.isInstance(error)) return error;
    throw error;
  }
  throw new Error('it should have failed');
}
