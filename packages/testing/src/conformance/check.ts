import { TelephonyError, type Adapter } from '@finaz-telephony/core';
import * as v from 'valibot';
import type { ConformanceVendor, ErasedSubject } from './subject.ts';

/** One rule of the contract between adapters and hosts. Rejects with an explanation if an adapter breaks it, and with {@link NotChecked} if that cannot be seen. */
export interface ConformanceCheck {
  readonly name: string;
  /** Whether the rule applies to this adapter. */
  readonly applies: (adapter: Adapter) => boolean;
  readonly run: (subject: ErasedSubject, vendor: ConformanceVendor) => Promise<void>;
}

/** The vendor lacks what a rule needs, so the rule says nothing about the adapter. */
export class NotChecked extends Error {}

/** @throws {NotChecked} if the vendor does not have this part */
export function needs<Part extends keyof ConformanceVendor>(
  vendor: ConformanceVendor,
  part: Part,
): asserts vendor is ConformanceVendor & {
  readonly [Name in Part]: NonNullable<ConformanceVendor[Name]>;
} {
  if (vendor[part] === undefined) notChecked(`startVendor gives a vendor without ${part}()`);
}

export function notChecked(reason: string): never {
  throw new NotChecked(reason);
}

export function demand(condition: boolean, complaint: string): asserts condition {
  if (!condition) throw new Error(complaint);
}

/** Reports where a value of the adapter has the wrong form. The schema's message quotes values, which are not personal data here. */
export function demandForm(schema: v.GenericSchema, value: unknown, what: string): void {
  const issue = v.safeParse(schema, value).issues?.[0];
  if (issue === undefined) return;
  const path = v.getDotPath(issue);
  throw new Error(`${what} is not valid: ${path === null ? '' : `${path}: `}${issue.message}`);
}

export async function failureOf(work: Promise<unknown>, what: string): Promise<TelephonyError> {
  try {
    await work;
  } catch (error) {
    demand(
      TelephonyError.isInstance(error),
      `${what}: threw ${String(error)}, which is not a TelephonyError`,
    );
    demand(error.code !== 'internal', `${what}: ${error.message}`);
    return error;
  }
  throw new Error(`${what}: ended as a success`);
}

/** What an operation throws; `undefined` if it succeeds. */
export const thrownBy = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

/** For every adapter. */
export const always = () => true;
export const has = (feature: keyof Adapter['features']) => (adapter: Adapter) =>
  adapter.features[feature] !== undefined;

export function adapterOf(subject: ErasedSubject, vendor: ConformanceVendor): Adapter {
  return subject.make(subject.settings(vendor.url));
}
