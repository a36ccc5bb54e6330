export interface AnsweredNotification {
  readonly contactId: string;
  readonly number: string;
  readonly callId: string;
  readonly extension: string;
}

/**
 * Notifies the CRM of an answered call, with up to three tries.
 *
 * @param address with the manual's placeholders
 * @returns the last status; 0 if no answer came
 */
export async function tellAnsweredCall(
  address: string,
  call: AnsweredNotification,
): Promise<number> {
  const filled = address
    .replace('ID_CRM', encodeURIComponent(call.contactId))
    .replace('NUMERO_TELEFONE', encodeURIComponent(call.number))
    .replace('ID_LIGACAO', encodeURIComponent(call.callId))
    .replace('RAMAL_USUARIO', encodeURIComponent(call.extension));
  for (let attempt = 1; ; attempt += 1) {
    try {
      const response = await fetch(filled, { redirect: 'manual' });
      await response.arrayBuffer();
      if (response.status < 500 || attempt === 3) return response.status;
    } catch {
      if (attempt === 3) return 0;
    }
  }
}
