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
  /** As dialed by the vendor. */
  readonly number: string;
  /** The id that the adapter must return. Omitted if it cannot know the id by then. */
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

/** A contact stored at the vendor. */
interface LoadedContact {
  readonly contactId: string;
  /** As the vendor dials them, in order; all of them, even if each is a row of its own there. */
  readonly numbers: readonly string[];
}

/**
 * The vendor's side of a conformance run: the server of this package, or an author's own. Members required for a feature may be omitted without that feature.
 */
export interface ConformanceVendor {
  /** Its address; passed to `settings` of the subject. */
  readonly url: string;
  /** How many requests it has received. */
  readonly requestCount: () => number;
  /** From now on every request gets this fault: `hang`, `html`, `brokenJson` or `deepJson`. */
  readonly misbehave: (fault: Fault) => void;
  /** Required for `click2call`: makes it refuse the next call for a business reason, and returns the words. */
  readonly refuseCalls?: (() => { readonly words: string }) | undefined;
  /** Required for `recording`: ids of a call with a recording, and of one without; and, if recordings come later, of one whose recording is not available yet. */
  readonly recordings?: (() => Recordings) | undefined;
  /**
   * Required for `transfer`: makes a call live on extension 1001.
   *
   * @returns what a host would know of the call, if the vendor transfers by call id
   */
  readonly connectCall?: (() => KnownCall | void | Promise<KnownCall | void>) | undefined;
  /**
   * How many requests would have placed a call, for adapters that look at the vendor's side first. If it is given, `hang` may answer lookups
   * normally.
   */
  readonly callRequestCount?: (() => number) | undefined;
  /** How many requests would have transferred a call. If it is given, `hang` may answer logins and lookups. */
  readonly transferRequestCount?: (() => number) | undefined;
  /** The calls it has placed. Required to notice a call to somebody else. */
  readonly placedCalls?: (() => readonly PlacedCall[]) | undefined;
  /** The calls it has transferred. Required to notice a transfer to somebody else. */
  readonly transferredCalls?: (() => readonly TransferredCall[]) | undefined;
  /** Ends every login, as if it had expired. */
  readonly endLogins?: (() => void) | undefined;
  /** How many requests would have loaded contacts. If it is given, `hang` applies to them, and lookups and logins may be answered. */
  readonly loadRequestCount?: (() => number) | undefined;
  /**
   * The contacts in its queue 7, in order of arrival, each as often as it would be dialed. Required to check that `contactLoad` loses none on
   * the way, and that their own numbers are dialed.
   */
  readonly loadedContacts?: (() => readonly LoadedContact[]) | undefined;
  /** Makes it refuse this contact with all its numbers, and no other, the next time it is loaded, and returns the words. Omitted if the vendor never refuses a single contact. */
  readonly refuseContact?: ((contactId: string) => { readonly words: string }) | undefined;
  /**
   * Creates attempts for the loaded contacts, timed now, and more than fit on one page of its report. Required to check that `dialerResults` returns each once.
   *
   * @returns how many attempts its report has
   */
  readonly reportAttempts?: (() => number | Promise<number>) | undefined;
  /**
   * Makes a row of that report one that cannot be used, for instance with a date that does not exist; the others stay. Required to check that
   * `dialerResults` does not drop it in silence. Omitted if the vendor reports no rows that could be unreadable.
   */
  readonly spoilAttempt?: (() => void | Promise<void>) | undefined;
  /** The answered event as the vendor sends it. Required to check that `answeredCall` reads it. */
  readonly answeredEvent?: (() => Request) | undefined;
  /** The answered calls that this event reports, as the adapter should read them. */
  readonly answeredCalls?: (() => readonly AnsweredCall[]) | undefined;
  /** The same event with a wrong signature, if the vendor signs. */
  readonly forgedEvent?: (() => Request) | undefined;
  /** What the vendor sends to the same address although it is not an answered call, such as the end of a call. Omitted if it sends no such thing. */
  readonly otherEvent?: (() => Request) | undefined;
  /** Stops it; the suite starts one for each check. */
  readonly close: () => Promise<void>;
}

/** What is tested: an adapter with its vendor. */
export interface ConformanceSubject<Settings> {
  readonly definition: AdapterDefinition<Settings>;
  readonly startVendor: () => Promise<ConformanceVendor>;
  /** Settings that work with the vendor. */
  readonly settings: (vendorUrl: string) => unknown;
  /** The same with a credential that the vendor rejects. */
  readonly settingsWithWrongCredentials: (vendorUrl: string) => unknown;
}

/** The subject without the type of its settings, so that one list of checks fits every adapter. */
export interface ErasedSubject {
  readonly id: string;
  readonly specificationVersion: string;
  readonly startVendor: () => Promise<ConformanceVendor>;
  readonly settings: (vendorUrl: string) => unknown;
  readonly settingsWithWrongCredentials: (vendorUrl: string) => unknown;
  readonly schema: SettingsSchema<unknown>;
  /** Whether the schema accepts these settings. */
  readonly accepts: (settings: unknown) => boolean;
  /** Creates the adapter as a host would: settings are checked first. */
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

/** A misspelt feature would silently be off, because no host asks for its name. */
function unknownFeature({ features }: Adapter): string | undefined {
  const name = Object.keys(features).find(
    (given) => !featureNames.some((known) => known === given),
  );
  if (name === undefined) return undefined;
  const near = nearestName(name, featureNames);
  const meant =
    near === undefined ? `known: ${featureNames.join(', ')}` : `did you mean "${near}"?`;
  return `there is no feature "${name}"; ${meant}`;
}

/** Call ids to ask for: the vendor's, or invented ones that find nothing if the adapter has no recordings. */
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

/** The input that transfers the call the vendor has just connected, or the current call of the extension if the vendor names none. */
export async function connectedTransferInput(vendor: ConformanceVendor): Promise<TransferInput> {
  const call = (await vendor.connectCall?.()) ?? undefined;
  return call === undefined ? transferInput : { ...transferInput, callId: call.callId, call };
}
