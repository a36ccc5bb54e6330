import type { ReadAnsweredCall } from './answered-call.ts';
import type { Click2Call } from './click2call.ts';
import type { ContactClear } from './contact-clear.ts';
import type { ContactLoad } from './contact-load.ts';
import type { DialerResults } from './dialer-results.ts';
import type { FetchRecording } from './recording.ts';
import type { Transfer } from './transfer.ts';

/** One interface per feature. An adapter either has a feature or lacks the key: there is no "not implemented". */
export interface Features {
  readonly click2call: Click2Call;
  readonly contactLoad: ContactLoad;
  readonly contactClear: ContactClear;
  readonly answeredCall: ReadAnsweredCall;
  readonly dialerResults: DialerResults;
  readonly recording: FetchRecording;
  readonly transfer: Transfer;
}

/** The features of one connection: those that are absent, or `undefined`, are off. */
export type AdapterFeatures = { readonly [Name in keyof Features]?: Features[Name] | undefined };
