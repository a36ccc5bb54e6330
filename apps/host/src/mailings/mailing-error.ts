import type { TelephonyError } from '@finaz-telephony/core';

/** What keeps a mailing from going on. Masked. */
export interface MailingError {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly vendor?: { readonly status?: number; readonly message?: string };
}

/** An error as it is stored and shown. */
export function toMailingError(error: TelephonyError, during: string): MailingError {
  const { code, message, hint, vendor } = error;
  return {
    code,
    message: `${during}: ${message}`,
    ...(hint !== undefined && { hint }),
    ...(vendor && {
      vendor: {
        ...(vendor.status !== undefined && { status: vendor.status }),
        ...(vendor.message !== undefined && { message: vendor.message }),
      },
    }),
  };
}
