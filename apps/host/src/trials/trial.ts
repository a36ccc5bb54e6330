import type { Adapter, AdapterContext, DialablePhone, KnownCall } from '@finaz-telephony/core';
import type { KnownCalls } from '../calls/known-calls.ts';
import type { Tenant } from '../tenants/tenant.ts';

/** A feature with its input, ready to be run in some context. */
export interface Trial {
  readonly run: (context: AdapterContext) => Promise<unknown>;
  readonly personal: readonly string[];
  /** When run for real, these ring: at once, or as soon as the dialer reaches them. */
  readonly rings?: readonly DialablePhone[];
  /** When run for real, this queue of the dialer is changed. */
  readonly queue?: string;
}

/** What is tried: a stored company, or a document that nobody has saved yet. */
export interface TrialConnection {
  readonly name: string;
  readonly adapter: Adapter;
}

/** Where calls that were placed before are found. */
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
