import type { Adapter, AdapterContext, DialablePhone, KnownCall } from '@finaz-telephony/core';
import type { KnownCalls } from '../calls/known-calls.ts';
import type { Tenant } from '../tenants/tenant.ts';

/** A feature with its input, ready to be run in some context. */
export interface Trial {
  readonly run: (context: AdapterContext) => Promise<unknown>;
  readonly personal: readonly string[];
  /** Phones that ring if the trial is run for real: at once, or as soon as the dialer reaches them. */
  readonly rings?: readonly DialablePhone[];
  /** The dialer's queue that is changed if the trial is run for real. */
  readonly queue?: string;
}

/** The connection to try, of a stored company or of a document that is not saved yet. */
export interface TrialConnection {
  readonly name: string;
  readonly adapter: Adapter;
}

/** Finds calls that were placed earlier. */
export interface CallLookup {
  readonly find: (callId: string) => Promise<KnownCall | undefined>;
  readonly currentOf: (extension: string) => Promise<KnownCall | undefined>;
}

export const noCalls: CallLookup = {
  find: () => Promise.resolve(undefined),
  currentOf: () => Promise.resolve(undefined),
};

/** Finds the calls that this host knows of a company. */
export const lookupOf = (knownCalls: KnownCalls, tenant: Tenant): CallLookup => ({
  find: (callId) => knownCalls.find(tenant, callId),
  currentOf: (extension) => knownCalls.currentOf(tenant, extension),
});
