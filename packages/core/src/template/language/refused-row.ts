import { TelephonyError } from '../../errors/telephony-error.ts';
import { MissingRow } from './missing-row.ts';

/**
 * Why a row cannot be used, where one of its values is refused, by a filter for instance: that is wrong with this row only.
 *
 * @throws {unknown} the error itself, if the settings are at fault: they are for each row, and somebody has to mend them
 */
export function reasonOfRefusal(error: unknown): string {
  if (!TelephonyError.isInstance(error) || isOfSettings(error)) throw error;
  return error.message;
}

/** Whether an error would be the same for each row or contact. */
export function isOfSettings({ code, cause }: TelephonyError): boolean {
  if (code === 'invalid_config' || cause instanceof MissingRow) return true;
  // Once something has been sent, an error is wrapped in another one that says so.
  return TelephonyError.isInstance(cause) && isOfSettings(cause);
}
