import { CallIdSchema } from '@finaz-telephony/core/host';
import type { HostContext } from '../http/host-env.ts';
import { pathValue } from '../http/path-value.ts';

/** The call id in the path of a request. @throws {RequestError} if no call can have such an id */
export const callIdOf = (context: HostContext): string =>
  pathValue(context, 'callId', CallIdSchema);
