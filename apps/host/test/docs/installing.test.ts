import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const pages = globSync(['*.md', 'docs/*.md', '{packages,adapters,apps}/*/README.md'], {
  cwd: root,
});

// Where there is a package-lock.json, npm does not see that better-sqlite3 has its binary with it, and builds it anew.
it('installs the host without scripts, for npm would want a compiler', () => {
  const commands = pages.flatMap((page) =>
    readFileSync(`${root}${page}`, 'utf8')
      .split('\n')
      .filter((line) => /^ *npm (?:install|ci)\b.*(?:telephony\/host|tarballs)/.test(line)),
  );
  expect(commands.length).toBeGreaterThan(4);
  for (const command of commands) expect(command).toContain(' --ignore-scripts ');
});
