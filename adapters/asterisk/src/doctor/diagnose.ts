import { finding, TelephonyError, type AdapterContext, type Finding } from '@finaz-telephony/core';
import type { ServerAccess } from '../setup/server-access.ts';
import { checkAccess } from './check-access.ts';
import { checkDialplan } from './check-dialplan.ts';
import { checkDatabase, checkManagerRights, managerRefusal } from './check-manager.ts';
import { checkHours } from './check-hours.ts';
import { checkModules } from './check-modules.ts';
import { checkOperatorChannel } from './check-operator-channel.ts';
import { checkDialers, checkQueues } from './check-queues.ts';
import { checkEventAddress, checkRecording } from './check-server-work.ts';
import { checkTrunk } from './check-trunk.ts';
import { createAri, openManager } from './server.ts';

/**
 * Checks a live server through the connection. All it writes there are entries of `finaz/doutor` and a recording, which it removes.
 *
 * @param version of the dialplan that this adapter brings
 */
export async function* diagnoseServer(
  access: ServerAccess,
  version: string,
  context: AdapterContext,
): AsyncGenerator<Finding> {
  const ari = createAri(access, context);
  try {
    const reach = yield* checkAccess(access, ari, context.now);
    if (reach === 'none') return;
    const hasAri = reach !== 'no-ari';
    const modulesRun = hasAri ? yield* checkModules(access, ari) : true;
    const knock = await openManager(access, context);
    if (!knock.session) {
      yield managerRefusal(access, knock);
      return;
    }
    const { session } = knock;
    try {
      const mayAsk = yield* checkManagerRights(access, session);
      const database = mayAsk ? await checkDatabase(session, context) : undefined;
      if (database) yield database;
      const hasContexts =
        mayAsk && modulesRun ? yield* checkDialplan(access, session, version) : false;
      yield* checkQueues(access, session, hasAri ? ari : undefined);
      if (mayAsk) yield* checkOperatorChannel(access, session);
      if (hasAri && mayAsk) yield await checkTrunk(session, ari);
      if (mayAsk) yield await checkHours(session);
      if (hasAri) yield* checkDialers(access, ari);
      // The server writes into AstDB what it has done for the doctor, so the checks below need a sound database.
      if (!hasContexts || database?.state !== 'ok' || reach !== 'full') return;
      const examined = { session, ari, signal: context.signal };
      yield await checkRecording(examined);
      yield await checkEventAddress(examined);
    } finally {
      await session.logoff();
    }
  } catch (error) {
    if (!TelephonyError.isInstance(error)) throw error;
    yield finding.broken(
      'http',
      `the server stopped answering: ${error.message}`,
      'look at the log of Asterisk (/var/log/asterisk/messages.log), then run the doctor again',
    );
  }
}
