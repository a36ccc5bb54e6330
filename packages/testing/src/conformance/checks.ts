import { addressChecks } from './address-checks.ts';
import { asideChecks } from './aside-checks.ts';
import { callChecks } from './call-checks.ts';
import type { ConformanceCheck } from './check.ts';
import { contractChecks } from './contract-checks.ts';
import { eventChecks } from './event-checks.ts';
import { failureChecks } from './failure-checks.ts';
import { loadedChecks } from './loaded-checks.ts';
import { loginChecks } from './login-checks.ts';
import { mailingChecks } from './mailing-checks.ts';
import { recordingChecks } from './recording-checks.ts';
import { reportChecks } from './report-checks.ts';
import { sendingChecks } from './sending-checks.ts';
import { statusChecks } from './status-checks.ts';
import { workChecks } from './work-checks.ts';

/** All checks, in the order in which an author meets them. */
export const conformanceChecks: readonly ConformanceCheck[] = [
  ...contractChecks,
  ...callChecks,
  ...sendingChecks,
  ...recordingChecks,
  ...workChecks,
  ...addressChecks,
  ...loginChecks,
  ...asideChecks,
  ...failureChecks,
  ...statusChecks,
  ...mailingChecks,
  ...loadedChecks,
  ...reportChecks,
  ...eventChecks,
];
