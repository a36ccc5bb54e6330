import type {
  Adapter,
  AdapterDefinition,
  AnsweredCall,
  KnownCall,
  SettingsSchema,
  TransferInput,
} from '@finaz-telephony/core';
import {
  adapterFault,
  checkedAdapter,
  featureNames,
  nearestName,
} from '@finaz-telephony/core/host';
import * as v from 'valibot';
import type { Fault } from '../vendor-server/faults.ts';
import { frozen } from './frozen.ts';

/** A call that the vendor has placed. */
interface PlacedCall {
  readonly extension: string;
  /** As the vendor dials it. */
  readonly number: string;
  /** The id that the adapter must give. Left out where it cannot know the id by then. */
  readonly callId?: string | undefined;
}

interface TransferredCall {
  readonly extension: string;
  /** As the adapter named it. */
  readonly destination: string;
}

interface Recordings {
  readonly existing: string;
  readonly missing: string;
  readonly later?: string | undefined;
}

/** A contact that lies at the vendor. */
interface LoadedContact {
  readonly contactId: string;
  /** As the vendor dials them, in their order; all of them, though each be a row of its own there. */
  readonly numbers: readonly string[];
}

/**
 * The vendor's side of a conformance run: the server of this package, or an author's own. What is needed for a feature may be left out where the adapter does not have it.
 */
export interface ConformanceVendor {
  /** Where it listens; `settings` of the subject is given it. */
  readonly url: string;
  /** How many requests it has got. */
  readonly requestCount: () => number;
  /** From now on every request meets this fault: `hang`, `html`, `brokenJson` or `deepJson`. */
  readonly misbehave: (fault: Fault) => void;
  /** Needed for `click2call`: makes it refuse the next call for a reason of business, in these words. */
  readonly refuseCalls?: (() => { readonly words: string }) | undefined;
  /** Needed for `recording`: ids of a call with a recording, and of one without; and, where recordings come later, of one whose recording is not there yet. */
  readonly recordings?: (() => Recordings) | undefined;
  /**
   * Needed for `transfer`: makes a call live on extension 1001.
   *
   * @returns what a host would know of it, where the vendor transfers by the id of the call
   */
  readonly connectCall?: (() => KnownCall | void | Promise<KnownCall | void>) | undefined;
  /**
   * How many requests would place a call, for adapters that look at the vendor's side before they ask for one. Where it is given, `hang` lets looks be
   * answered.
   */
  readonly callRequestCount?: (() => number) | undefined;
  /** How many requests would transfer a call. Where it is given, `hang` lets logins and looks be answered. */
  readonly transferRequestCount?: (() => number) | undefined;
  /** The calls that it has placed: shows one that goes to somebody else. */
  readonly placedCalls?: (() => readonly PlacedCall[]) | undefined;
  /** The calls that it has handed over: shows one that goes to somebody else. */
  readonly transferredCalls?: (() => readonly TransferredCall[]) | undefined;
  /** Ends every login, as one whose time is over. */
  readonly endLogins?: (() => void) | undefined;
  /** How many requests would load contacts. Where it is given, `hang` concerns them, too, and what looks or logs in may be answered. */
  readonly loadRequestCount?: (() => number) | undefined;
  /**
   * The contacts that lie in its queue 7, in the order in which they came, each as often as it would be dialed. Needed to see that `contactLoad` loses none on
   * the way, and that their own numbers are dialed.
   */
  readonly loadedContacts?: (() => readonly LoadedContact[]) | undefined;
  /** Makes it refuse this contact with all its numbers, and no other, the next time that it is loaded, in these words. Left out where the vendor never refuses a single contact. */
  readonly refuseContact?: ((contactId: string) => { readonly words: string }) | undefined;
  /**
   * Makes attempts of the contacts that were loaded, timed now, and more than one page of its report has room for. Needed to see that `dialerResults` gives each once.
   *
   * @returns how many its report has
   */
  readonly reportAttempts?: (() => number | Promise<number>) | undefined;
  /** The answered event as the vendor sends it. Needed to see that `answeredCall` reads it. */
  readonly answeredEvent?: (() => Request) | undefined;
  /** What that event tells of, each call of it, as the adapter is to read it. */
  readonly answeredCalls?: (() => readonly AnsweredCall[]) | undefined;
  /** The same event with a wrong signature, where the vendor signs. */
  readonly forgedEvent?: (() => Request) | undefined;
  /** What the vendor sends to the same address though it tells of no answered call, the end of a call for instance. Left out where it sends no such thing. */
  readonly otherEvent?: (() => Request) | undefined;
  /** Ends it; the suite starts one for each rule. */
  readonly close: () => Promise<void>;
}

/** What is examined: an adapter with the vendor that it speaks to. */
export interface ConformanceSubject<Settings> {
  readonly definition: AdapterDefinition<Settings>;
  readonly startVendor: () => Promise<ConformanceVendor>;
  /** Settings that work with the vendor. */
  readonly settings: (vendorUrl: string) => unknown;
  /** The same with a credential that the vendor does not accept. */
  readonly settingsWithWrongCredentials: (vendorUrl: string) => unknown;
}

/** The subject without its type of settings, which is its own business. */
export interface ErasedSubject {
  readonly id: string;
  readonly specificationVersion: string;
  readonly startVendor: () => Promise<ConformanceVendor>;
  readonly settings: (vendorUrl: string) => unknown;
  readonly settingsWithWrongCredentials: (vendorUrl: string) => unknown;
  readonly schema: SettingsSchema<unknown>;
  /** Whether the schema takes these settings. */
  readonly accepts: (settings: unknown) => boolean;
  /** Makes the adapter as a host would: settings are checked first. */
  readonly make: (settings: unknown) => Adapter;
}

export function erased<Settings>(subject: ConformanceSubject<Settings>): ErasedSubject {
  const { definition, startVendor, settings, settingsWithWrongCredentials } = subject;
  return {
    id: definition.id,
    specificationVersion: definition.specificationVersion,
    startVendor,
    settings,
    settingsWithWrongCredentials,
    schema: definition.settings,
    accepts: (given) => v.safeParse(definition.settings, given).success,
    make(given) {
      const adapter = definition.create(v.parse(definition.settings, given));
      const fault = adapterFault(adapter) ?? unknownFeature(adapter);
      if (fault !== undefined) throw new Error(fault);
      return checkedAdapter(adapter);
    },
  };
}

/** A name that no host asks for is a feature that is off, in silence. */
function unknownFeature({ features }: Adapter): string | undefined {
  const name = Object.keys(features).find(
    (given) => !featureNames.some((known) => known === given),
  );
  if (name === undefined) return undefined;
  const near = nearestName(name, featureNames);
  const meant =
    near === undefined ? `there is ${featureNames.join(', ')}` : `did you mean "${near}"?`;
  return `there is no feature "${name}"; ${meant}`;
}

/** Ids to ask for. Where there are none, the adapter has no recordings, and nothing is found by these. */
export const recordingsOf = (vendor: ConformanceVendor): Recordings =>
  vendor.recordings?.() ?? { existing: 'conformance-1', missing: 'conformance-2' };

export const phone = {
  kind: 'mobile',
  e164: '+5541999998888',
  areaCode: '41',
  number: '999998888',
} as const;

export const callInput = frozen({
  queue: '7',
  extension: '1001',
  phone,
  parameters: {},
  attemptId: '0b6c1f6e-8b5e-4f6e-9d0c-2a54a6c9a001',
} as const);

export const transferInput = frozen({
  queue: '7',
  extension: '1001',
  destination: '4133330000',
  callId: null,
  parameters: {},
  attemptId: '0b6c1f6e-8b5e-4f6e-9d0c-2a54a6c9a002',
} as const);

/** Hands over a call that the vendor has connected just now, or whichever the extension has where it tells of none. */
export async function connectedTransferInput(vendor: ConformanceVendor): Promise<TransferInput> {
  const call = (await vendor.connectCall?.()) ?? undefined;
  return call === undefined ? transferInput : { ...transferInput, callId: call.callId, call };
}
