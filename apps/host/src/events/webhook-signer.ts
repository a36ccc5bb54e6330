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

/** What is wrong with a secret that {@link canSign} refuses, and the mend. */
export const signsNothing =
  'signs nothing: what follows "whsec_" must be base64, for instance from "openssl rand -base64 32"';

/** Whether messages can be signed with it. */
export function canSign(secret: string): boolean {
  try {
    webhookSigner(secret);
    return true;
  } catch {
    return false;
  }
}
