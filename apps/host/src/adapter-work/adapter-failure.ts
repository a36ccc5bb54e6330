import {
  TelephonyError,
  type FeatureName,
  type Logger,
  type VendorAnswer,
} from '@finaz-telephony/core';
import type { Concealed } from '../exchanges/concealer.ts';
import { createMasker, type Masker } from '../exchanges/mask.ts';
import { withoutWords } from '../logged-error.ts';

/** The vendor's answer, masked so that it may be stored and shown. */
export const maskedAnswer = (
  { text }: Masker,
  { status, message, excerpt }: VendorAnswer,
): VendorAnswer => ({
  ...(status !== undefined && { status }),
  ...(message !== undefined && { message: text(message) }),
  ...(excerpt !== undefined && { excerpt: text(excerpt) }),
});

/** An adapter's error with the feature named, and with secrets and personal data masked. */
export function maskedError(
  error: TelephonyError,
  feature: FeatureName | undefined,
  conceal: Concealed,
): TelephonyError {
  const masker = createMasker(conceal);
  const { text } = masker;
  const named = error.feature ?? feature;
  const { vendor, hint } = error;
  return new TelephonyError({
    code: error.code,
    message: text(error.message),
    delivery: error.delivery,
    retryable: error.retryable,
    ...(named && { feature: named }),
    ...(hint !== undefined && { hint: text(hint) }),
    ...(error.retryAfterMs !== undefined && { retryAfterMs: error.retryAfterMs }),
    ...(vendor && { vendor: maskedAnswer(masker, vendor) }),
    cause: error,
  });
}

/**
 * An adapter that throws something other than a {@link TelephonyError} has a defect. Whether a request had been sent by then is unknown, so the work is never
 * repeated. The log gets only the kind and place of the error, because its message may contain personal data.
 */
export function adapterFailure(
  thrown: unknown,
  feature: FeatureName | undefined,
  logger: Logger,
  /** Tenant and connection of the work, for the log. */
  of: { readonly tenant?: string; readonly connection?: string } = {},
): TelephonyError {
  if (TelephonyError.isInstance(thrown)) return thrown;
  logger.error(
    { ...of, err: withoutWords(thrown), ...(feature && { feature }) },
    'an adapter failed without saying why',
  );
  return new TelephonyError({
    code: 'internal',
    message: 'The adapter failed without saying why.',
    hint: 'The log of the host says where; report it to the author of the adapter.',
    ...(feature && { feature }),
    delivery: 'unknown',
    cause: thrown,
  });
}
