// What is checked on a real Asterisk: setup and doctor as an administrator uses them, then every feature through the host's API.
// Where it cannot be had, that is said, and the checks count as skipped.
import { spawnSync } from 'node:child_process';
import process from 'node:process';

/** The lab's code for "cannot be had here". */
const notHere = 75;
const checks = [
  ['apps/host/checks/asterisk-doctor.ts'],
  ['apps/host/checks/asterisk.ts'],
  // The short form of `npm run test:asterisk-mailing`.
  ['apps/host/checks/asterisk-mailing.ts', '--contacts=18', '--kills=1', '--asterisk-restarts=1'],
];
for (const [check, ...args] of checks) {
  const { status } = spawnSync(
    process.execPath,
    ['adapters/asterisk/lab/lab.mjs', 'run', '--', process.execPath, check, ...args],
    { stdio: 'inherit' },
  );
  if (status === notHere) {
    console.log(`SKIPPED: ${check}: there is no Asterisk on this machine, see above`);
    continue;
  }
  if (status !== 0) process.exit(status ?? 1);
}
