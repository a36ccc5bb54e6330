import { finding, TelephonyError, type Finding } from '@finaz-telephony/core';

/** The result of a request, or its failure as a finding: the hint says what to fix. */
export async function found<Result>(
  check: string,
  look: () => Promise<Result>,
): Promise<{ readonly is: Result } | { readonly is?: never; readonly failure: Finding }> {
  try {
    return { is: await look() };
  } catch (error) {
    if (!TelephonyError.isInstance(error)) throw error;
    const words = error.vendor?.message;
    const told = words === undefined ? error.message : `${error.message} It says: ${words}`;
    return {
      failure: finding.broken(
        check,
        told,
        error.hint ?? 'look at the log of 3CX, and run the doctor again',
      ),
    };
  }
}
