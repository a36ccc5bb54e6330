/**
 * What public material leaves open. No real PBX was tested: each default is the answer that is harder for an adapter, and each can be switched to the other.
 */
export interface ThreeCxAssumptions {
  /** Both are reported for a wrong secret. */
  readonly wrongSecretStatus: 400 | 401;
  /** Both are reported for a request that was accepted. */
  readonly acceptedStatus: 200 | 202;
  /** `Success`, as clients written from the documentation have it, or 1, as the types of the official example have it. */
  readonly finalStatus: 'number' | 'word';
  /** Whether a call from one device is answered with its participant, as documented. */
  readonly deviceCallTellsParticipant: boolean;
  /** Status of an operator's leg while the operator's own phone rings. */
  readonly legWhileOperatorRings: string;
  /** Status of an operator's leg while the customer's phone rings. `Connected` would make each call an answered one. */
  readonly legWhileCustomerRings: string;
  /** Whether the `timeout` of a call ends its ringing. */
  readonly timeoutStopsRinging: boolean;
  /** Whether the phone of a talking operator accepts another call. */
  readonly callWaiting: boolean;
  /** Whether `CallId` in the call log is `callid` of call control. If not, it is a number that belongs to another call there. */
  readonly callLogHasCallId: boolean;
  /** On one PBX the call log was always empty, with 200, whatever was requested. */
  readonly callLogHasRows: boolean;
  /** Whether a call that the first trunk rejected goes out over another, and leaves a row for each, both with the `CallHistoryId` of the call. */
  readonly triesAnotherTrunk: boolean;
  /** The form that the outbound rule gives a number: it goes out, and is reported, in this form. */
  readonly dialsAs: (number: string) => string;
}

export const carefulAssumptions: ThreeCxAssumptions = {
  wrongSecretStatus: 401,
  acceptedStatus: 200,
  finalStatus: 'word',
  deviceCallTellsParticipant: true,
  legWhileOperatorRings: 'Dialing',
  legWhileCustomerRings: 'Ringing',
  timeoutStopsRinging: false,
  callWaiting: false,
  callLogHasCallId: false,
  callLogHasRows: true,
  triesAnotherTrunk: false,
  dialsAs: (number) => number,
};
