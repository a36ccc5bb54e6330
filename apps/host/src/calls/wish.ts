import type { DialablePhone } from '@finaz-telephony/core';
import type { TransferRequest } from '@finaz-telephony/core/host';

/** What an operator asks for. Two requests with the same wish may be one click. */
export interface Wish {
  readonly feature: 'click2call' | 'transfer';
  readonly extension: string;
  /** The attempts that it takes turns with: the calls to one number, whoever places them, and identical transfers. */
  readonly among: string;
}

/** Whatever else two requests say: nobody is called twice by one operator at once. */
export const wishToCall = (extension: string, phone: DialablePhone): Wish => ({
  feature: 'click2call',
  extension,
  among: phone.e164,
});

/** A parameter may say which step of a transfer it is. */
export const wishToTransfer = ({
  extension,
  callId,
  destination,
  parameters,
}: TransferRequest): Wish => ({
  feature: 'transfer',
  extension,
  among: JSON.stringify([extension, callId, destination, parameters]),
});
