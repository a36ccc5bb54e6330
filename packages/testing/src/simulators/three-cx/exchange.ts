/** An extension with its operator. */
export interface ThreeCxOperator {
  readonly extension: string;
  readonly name: string;
  /** Phones that are registered now; with none, the extension cannot call. */
  devices: readonly ThreeCxDevice[];
  /** Whether a ringing phone is picked up. */
  lifts: boolean;
  queueStatus: 'LoggedIn' | 'LoggedOut';
}

export interface ThreeCxDevice {
  /** Looks like a SIP contact. */
  readonly id: string;
  readonly userAgent: string;
  /** Whether the API can answer calls that ring there. */
  readonly directControl: boolean;
}

export interface ThreeCxQueue {
  readonly number: string;
  readonly agents: readonly string[];
}

/** The trunk of all outgoing and incoming calls. */
export const trunk = { number: '10000', name: 'Tronco A' };

export function operatorWith(
  extension: string,
  name: string,
  userAgents: readonly string[],
): ThreeCxOperator {
  return {
    extension,
    name,
    devices: userAgents.map((userAgent, at) => ({
      id: `sip:${extension}@192.0.2.${11 + at}:5060;transport=tls;ob`,
      userAgent,
      directControl: /3CX/.test(userAgent),
    })),
    lifts: true,
    queueStatus: 'LoggedIn',
  };
}

/** One operator with one phone, one with two, and one whose phone is not registered. */
export const usualOperators = (): readonly ThreeCxOperator[] => [
  operatorWith('1001', 'Operador Um', ['3CX Web Client']),
  operatorWith('1002', 'Operador Dois', ['3CX Web Client', 'Yealink SIP-T31P']),
  operatorWith('1003', 'Operador Três', []),
];

export const usualQueues: readonly ThreeCxQueue[] = [
  { number: '800', agents: ['1001', '1002', '1003'] },
];
