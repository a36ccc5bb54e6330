// Starts the lab of adapters/asterisk (a real Asterisk from Debian's packages, on loopback), runs the checks on it, and stops it.
// Where it cannot be had, that is said, and the checks count as skipped.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const lab = fileURLToPath(new URL('../adapters/asterisk/lab/', import.meta.url));
const missing =
  process.getuid?.() !== 0
    ? 'needs root (chroot)'
    : existsSync('/usr/bin/apt-get')
      ? undefined
      : 'needs the packages of Debian';
if (missing !== undefined) {
  console.log(`SKIPPED: the checks on a real Asterisk: ${missing}`);
  process.exit(0);
}

// A part of the port range for each run, so that two may go side by side.
const base = 21_000 + (process.pid % 20) * 500;
const environment = {
  ...process.env,
  ASTERISK_LAB_DIR: process.env.ASTERISK_LAB_DIR ?? '/opt/finaz-asterisk-lab',
  HTTP_PORT: String(base),
  TLS_PORT: String(base + 1),
  AMI_PORT: String(base + 2),
  SIP_PORT: String(base + 3),
  SIM_SIP_PORT: String(base + 4),
  RTP_START: String(base + 100),
  RTP_END: String(base + 299),
  SIM_RTP_START: String(base + 300),
  SIM_RTP_END: String(base + 499),
};
const run = (file, args = []) =>
  spawnSync(file, args, { env: environment, stdio: 'inherit' }).status ?? 1;

let code = run(`${lab}start.sh`);
if (code === 0) {
  try {
    code = run(process.execPath, ['apps/host/checks/asterisk-doctor.ts']);
  } finally {
    run(`${lab}stop.sh`);
  }
}
process.exit(code);
