import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

function runCheck(name: string, option: string) {
  const program = fileURLToPath(new URL(`../checks/${name}.ts`, import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, option], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] },
  });
  return { status, stdout, stderr };
}

it.each([
  ['kill', '--kills'],
  ['mailing-kill', '--contacts'],
  ['mailing-store-away', '--away'],
  ['mailing-two-hosts', '--freeze'],
  ['mailing-fairness', '--tenants'],
  ['asterisk-mailing', '--contacts'],
])(
  'the check %s refuses a %s that is no number, which would let it pass without a kill or contact',
  (name, option) => {
    expect(runCheck(name, `${option}=many`)).toEqual({
      status: 2,
      stdout: '',
      stderr: expect.stringMatching(`^${option} must be a whole number from \\d, and not "many"`),
    });
  },
);

it('a check refuses an option that it does not have', () => {
  expect(runCheck('kill', '--contacts=5')).toEqual({
    status: 2,
    stdout: '',
    stderr: "Unknown option '--contacts'; --help shows what there is\n",
  });
});

it('a check shows its options with --help', () => {
  expect(runCheck('kill', '--help')).toEqual({
    status: 0,
    stdout: expect.stringContaining('  --kills '),
    stderr: '',
  });
});
