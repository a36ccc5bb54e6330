import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const pages = globSync(['*.md', 'docs/*.md', '{packages,adapters,apps}/*/README.md'], {
  cwd: root,
});

// With a package-lock.json, npm does not see that better-sqlite3 brings its binary, and compiles it again.
it('each command of the docs that installs the host has --ignore-scripts, otherwise npm would need a compiler', () => {
  const commands = pages.flatMap((page) =>
    readFileSync(`${root}${page}`, 'utf8')
      .split('\n')
      .filter((line) => /^ *npm (?:install|ci)\b.*(?:telephony\/host|tarballs)/.test(line)),
  );
  expect(commands.length).toBeGreaterThan(4);
  for (const command of commands) expect(command).toContain(' --ignore-scripts ');
});
