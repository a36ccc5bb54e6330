import { finding, type Finding } from '@finaz-telephony/core';
import type { ServerAccess } from '../setup/server-access.ts';
import { reload } from './reload.ts';
import { variable, type ManagerSession } from './server.ts';

const dialplanReload = reload('dialplan reload');
const install = `write it with "asterisk setup --write /etc/asterisk --include"; ${dialplanReload}`;

async function exists(session: ManagerSession, context: string, extension: string) {
  return (await variable(session, `DIALPLAN_EXISTS(${context},${extension},1)`)) === '1';
}

/** Whether the contexts exist, in the version of this adapter. Returns whether the server can be asked to work for the doctor. */
export async function* checkDialplan(
  { contexts }: ServerAccess,
  session: ManagerSession,
  version: string,
): AsyncGenerator<Finding, boolean> {
  const missing: string[] = [];
  for (const { context, extension } of contexts)
    if (!(await exists(session, context, extension))) missing.push(context);
  for (const context of missing) {
    yield finding.broken(
      'contexts',
      `the dialplan has no context [${context}]`,
      `extensions.conf: #tryinclude "finaz-extensions.conf" at its end; ${install}`,
    );
  }
  if (missing.length === 0) yield finding.ok('contexts', 'the dialplan has all contexts');
  if (await exists(session, 'finaz-versao', version)) {
    yield finding.ok('dialplan-version', `the dialplan is that of this version (${version})`);
    return true;
  }
  yield finding.broken(
    'dialplan-version',
    `the finaz contexts on the server are not those of this version (${version})`,
    `finaz-extensions.conf: ${install}`,
  );
  return exists(session, 'finaz-doutor', 'evento');
}
