import { Webhook } from 'standardwebhooks';

/**
 * Signs by Standard Webhooks.
 *
 * @throws if nothing can be signed with the secret: what follows `whsec_` is not base64, or empty
 */
export function webhookSigner(secret: string): Pick<Webhook, 'sign'> {
  return secret.startsWith('whsec_')
    ? new Webhook(secret)
    : // As UTF-8, as other libraries take a secret: of text, this one would take the low byte of each character.
      new Webhook(Buffer.from(secret), { format: 'raw' });
}

/** Whether messages can be signed with it. */
export function canSign(secret: string): boolean {
  try {
    webhookSigner(secret);
    return true;
  } catch {
    return false;
  }
}
