// What is checked on a real Asterisk: setup and doctor as an administrator uses them, the conformance suite, then every feature through the host's API.
// Where it cannot be had, that is said, and the checks count as skipped.
import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/** The lab's code for "cannot be had here". */
const notHere = 75;
const host = 'apps/host/checks';
const checks = [
  { name: 'setup and doctor', command: [process.execPath, `${host}/asterisk-doctor.ts`] },
  {
    name: 'the conformance suite, and the limits of the server',
    folder: 'adapters/asterisk',
    command: ['vitest', 'run', '--config=vitest.lab.config.ts'],
  },
  { name: 'every feature through the host', command: [process.execPath, `${host}/asterisk.ts`] },
  {
    // The short form of `npm run test:asterisk-mailing`.
    name: 'a mailing with kills',
    command: [
      process.execPath,
      `${host}/asterisk-mailing.ts`,
      '--contacts=18',
      '--kills=1',
      '--asterisk-restarts=1',
    ],
  },
];
const lab = fileURLToPath(new URL('../adapters/asterisk/lab/lab.mjs', import.meta.url));
for (const { name, command, folder = '.' } of checks) {
  console.log(`\n${name}`);
  const { status } = spawnSync(process.execPath, [lab, 'run', '--', ...command], {
    stdio: 'inherit',
    cwd: folder,
  });
  if (status === notHere) {
    console.log(`SKIPPED: ${name}: there is no Asterisk on this machine, see above`);
    continue;
  }
  if (status !== 0) process.exit(status ?? 1);
}
