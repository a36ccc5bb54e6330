import { finding, type Finding } from '@finaz-telephony/core';
import type { ServerAccess } from '../setup/server-access.ts';
import { variable, type ManagerSession } from './server.ts';

/** If operators are rung through the server's dialplan: whether the context exists. Which extensions it accepts cannot be queried. */
export async function* checkOperatorChannel(
  { operatorChannel }: ServerAccess,
  session: ManagerSession,
): AsyncGenerator<Finding> {
  const [, place] = /^Local\/[^@]*@([^/]+)/.exec(operatorChannel ?? '') ?? [];
  if (place === undefined) return;
  yield (await variable(session, `DIALPLAN_EXISTS(${place})`)) === '1'
    ? finding.ok('operator-channel', `operators are rung by the context [${place}]`)
    : finding.broken(
        'operator-channel',
        `operators are rung by the context [${place}], which is not there: no call of theirs can be placed`,
        `settings of the connection, operatorChannel: a context of the dialplan in which extensions are dialed; or extensions.conf: the context [${place}]`,
      );
}
