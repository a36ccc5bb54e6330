// What is checked on a real Asterisk: setup and doctor as an administrator uses them, the conformance suite, then every feature through the host's API.
// If there can be no Asterisk on this machine, the script says so, and the checks count as skipped.
import { spawn, spawnSync } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/** The exit code of the lab if there can be no Asterisk here. */
const notHere = 75;
const host = 'apps/host/checks';
const lab = fileURLToPath(new URL('../adapters/asterisk/lab/lab.mjs', import.meta.url));

/** Each check has a lab of its own. Checks wait for telephones nearly all the time, so two lanes run side by side. */
const lanes = [
  [{ name: 'every feature through the host', command: [process.execPath, `${host}/asterisk.ts`] }],
  [
    { name: 'setup and doctor', command: [process.execPath, `${host}/asterisk-doctor.ts`] },
    {
      name: 'the conformance suite, and the limits of the server',
      folder: 'adapters/asterisk',
      command: ['vitest', 'run', '--config=vitest.lab.config.ts'],
    },
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
  ],
];

/** Runs a check to its end, then prints its output in one piece. */
async function run({ name, command, folder = '.' }) {
  const startedAt = Date.now();
  const child = spawn(process.execPath, [lab, 'run', '--', ...command], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let written = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      written += chunk;
    });
  const code = await new Promise((resolve) => child.once('close', resolve));
  const seconds = Math.round((Date.now() - startedAt) / 1000);
  console.log(`\n${name}\n${written}${code === 0 ? '' : `ended with ${code} `}(${seconds} s)`);
  return code === 0;
}

async function runLane(checks) {
  let isSound = true;
  for (const check of checks) isSound = (await run(check)) && isSound;
  return isSound;
}

const { status } = spawnSync(process.execPath, [lab, 'build'], { stdio: 'inherit' });
if (status === notHere) {
  for (const { name } of lanes.flat())
    console.log(`SKIPPED: ${name}: there is no Asterisk on this machine, see above`);
} else if (status === 0) {
  const sound = await Promise.all(lanes.map(runLane));
  process.exitCode = sound.every(Boolean) ? 0 : 1;
} else process.exitCode = status ?? 1;
