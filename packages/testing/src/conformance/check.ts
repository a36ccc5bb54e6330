import { TelephonyError, type Adapter } from '@finaz-telephony/core';
import type { ConformanceVendor, ErasedSubject } from './subject.ts';

/** One rule of the contract between adapters and hosts. Rejects, in words, when an adapter breaks it. */
export interface ConformanceCheck {
  readonly name: string;
  /** Whether the rule concerns this adapter. */
  readonly applies: (adapter: Adapter) => boolean;
  readonly run: (subject: ErasedSubject, vendor: ConformanceVendor) => Promise<void>;
}

export function demand(condition: boolean, complaint: string): asserts condition {
  if (!condition) throw new Error(complaint);
}

export async function failureOf(work: Promise<unknown>, what: string): Promise<TelephonyError> {
  try {
    await work;
  } catch (error) {
    demand(
      TelephonyError.isInstance(error),
      `${what}: threw ${String(error)}, which is no TelephonyError`,
    );
    demand(error.code !== 'internal', `${what}: ${error.message}`);
    return error;
  }
  throw new Error(`${what}: ended as a success`);
}

/** For every adapter. */
export const always = () => true;
export const has = (feature: keyof Adapter['features']) => (adapter: Adapter) =>
  adapter.features[feature] !== undefined;

export function adapterOf(subject: ErasedSubject, vendor: ConformanceVendor): Adapter {
  return subject.make(subject.settings(vendor.url));
}
