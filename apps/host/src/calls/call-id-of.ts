import { CallIdSchema } from '@finaz-telephony/core/host';
import type { HostContext } from '../http/host-env.ts';
import { pathValue } from '../http/path-value.ts';

/** The call that an address is about. @throws {RequestError} where it can be the id of none */
export const callIdOf = (context: HostContext): string =>
  pathValue(context, 'callId', CallIdSchema);
