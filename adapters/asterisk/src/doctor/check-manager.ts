import { setTimeout as wait } from 'node:timers/promises';
import { finding, type AdapterContext, type Finding } from '@finaz-telephony/core';
import { durableAfterMs } from '../ami.ts';
import { doctorNotes } from '../families.ts';
import type { ServerAccess } from '../setup/server-access.ts';
import { reload } from './reload.ts';
import type { Knock, ManagerSession } from './server.ts';

const managerReload = reload('manager reload');

/** Why the login was refused. */
export function managerRefusal({ ami, baseUrl }: ServerAccess, knock: Knock): Finding {
  if (knock.session) return finding.ok('ami-credentials', 'accepted');
  if (knock.status !== 200) {
    return finding.broken(
      'ami',
      `the web server answers ${knock.status} at /rawman: the manager interface is not offered over HTTP`,
      `manager.conf, [general]: "enabled = yes", "webenabled = yes"; ${managerReload}`,
    );
  }
  return finding.broken(
    'ami-credentials',
    `the manager interface (AMI) does not accept the user "${ami.user}" with this password from the address of the host (${knock.words || 'no words'})`,
    `manager.conf: a section [${ami.user}] with "secret = " as the secret of the connection and "permit = " for the address of the host (seen by ${new URL(baseUrl).hostname}); run "asterisk setup --write" to write both anew, ${managerReload}`,
  );
}

/** An action of each permission class that the features need. */
const needed = {
  call: 'BlindTransfer',
  originate: 'Originate',
  system: 'DBPut',
  agent: 'QueuePause',
} as const;
const tooMuch = { command: 'Command', config: 'UpdateConfig' } as const;

/** `ListCommands` lists exactly what the user may do. Returns whether the remaining checks are possible. */
export async function* checkManagerRights(
  { ami: { user } }: ServerAccess,
  session: ManagerSession,
): AsyncGenerator<Finding, boolean> {
  yield finding.ok('ami-credentials', `the manager interface (AMI) accepts the user "${user}"`);
  const [commands] = await session.ask({ Action: 'ListCommands' });
  const may = (action: string) => commands?.has(action) === true;
  const missing = Object.entries(needed).filter(([, action]) => !may(action));
  if (missing.length > 0) {
    const classes = missing.map(([right]) => right).join(', ');
    yield finding.broken(
      'ami-rights',
      `the user "${user}" lacks the right${missing.length > 1 ? 's' : ''} ${classes}`,
      `manager.conf, [${user}]: "write = ${Object.keys(needed).join(',')}"; ${managerReload}`,
    );
  }
  const spare = Object.entries(tooMuch).filter(([, action]) => may(action));
  if (spare.length > 0) {
    yield finding.warning(
      'ami-rights',
      `the user "${user}" may do more than it needs: ${spare.map(([right]) => right).join(', ')}`,
      `manager.conf, [${user}]: "write = ${Object.keys(needed).join(',')}" and nothing more; ${managerReload}`,
    );
  }
  if (missing.length + spare.length === 0)
    yield finding.ok('ami-rights', `the user "${user}" has the rights that it needs, and no more`);
  return missing.length === 0;
}

/** Writes, reads and removes an entry of the doctor's own. It waits in between, because Asterisk takes back a moment later what it cannot write to the disk. */
export async function checkDatabase(
  session: Pick<ManagerSession, 'ask'>,
  { signal }: Pick<AdapterContext, 'signal'>,
): Promise<Finding> {
  const place = { Family: doctorNotes, Key: 'banco' };
  // A value of this run alone: if Asterisk took back the removal of an earlier run, the value of that run is still there.
  const written = crypto.randomUUID();
  await session.ask({ Action: 'DBPut', ...place, Val: written });
  await wait(durableAfterMs, undefined, { signal });
  const read = await session.ask({ Action: 'DBGet', ...place });
  await session.ask({ Action: 'DBDel', ...place });
  return read.some((block) => block.get('Val') === written)
    ? finding.ok('astdb', "Asterisk's database (AstDB) takes and gives back what is written")
    : finding.broken(
        'astdb',
        "Asterisk's database (AstDB) does not give back what was written: no contact can be loaded",
        'the folder "astdbdir" of asterisk.conf (Debian: /var/lib/asterisk) must be writable by the user asterisk and have room: ls -l /var/lib/asterisk/astdb.sqlite3; df -h /var/lib/asterisk. And nothing else may have it open as a database, a backup for instance',
      );
}
