import type { DialablePhone } from '@finaz-telephony/core';
import type { TransferRequest } from '@finaz-telephony/core/host';

/** What an operator asks for. Two requests with the same wish may be one click. */
export interface Wish {
  readonly feature: 'click2call' | 'transfer';
  readonly extension: string;
  /** Names the attempts that this one takes turns with: calls to the same number, whoever places them, or identical transfers. */
  readonly among: string;
}

/** Whatever else two requests say, the extension and number decide, so that one operator does not call the same person twice at once. */
export const wishToCall = (extension: string, phone: DialablePhone): Wish => ({
  feature: 'click2call',
  extension,
  among: phone.e164,
});

/** Parameters count too: one of them may say which step of a transfer this is. */
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
