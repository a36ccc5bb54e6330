import { TelephonyError, type ContactClear } from '@finaz-telephony/core';
import { inAmiSession, readTree, type Act } from '../ami.ts';
import { checkQueue } from '../check-queue.ts';
import { underWay, waiting } from '../families.ts';
import { safeQueue } from '../safe-text.ts';
import type { AsteriskSettings } from '../settings.ts';

/** Empties the list of a queue. Contacts being dialed get no next try. */
export function contactClear(settings: AsteriskSettings): ContactClear {
  return async ({ queue }, context) => {
    const name = safeQueue(queue, 'contactClear');
    return inAmiSession({ settings, context, feature: 'contactClear' }, async (act, durably) => {
      await checkQueue(act, name, 'contactClear');
      const cleared = (await readTree(act, waiting(name))).size;
      await durably(
        // A contact taken from the list may be put back in between, so the list is cleared again.
        () => clearFamilies(act, [waiting(name), underWay(name), waiting(name)]),
        async () =>
          (await readTree(act, waiting(name))).size + (await readTree(act, underWay(name))).size ===
          0,
      );
      return { cleared };
    });
  };
}

async function clearFamilies(act: Act, families: readonly string[]): Promise<void> {
  for (const family of families) {
    const answer = await act({ Action: 'DBDelTree', Family: family });
    // To clear an empty family is not an error.
    if (answer.isSuccess || answer.message === 'Database entry not found') continue;
    throw new TelephonyError({
      code: 'refused',
      feature: 'contactClear',
      message: 'Asterisk did not clear the queue.',
      hint: 'Look at its log; "database show finaz" on its console shows what is there.',
      vendor: { status: 200, message: answer.message },
    });
  }
}
