// Refuses to publish anything but a release, because what is published stays so for ever.
import { execFileSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import process from 'node:process';

const root = fileURLToPath(new URL('../', import.meta.url));

const pending = globSync('.changeset/*.md', { cwd: root });
const uncommitted = execFileSync('git', ['status', '--porcelain'], {
  cwd: root,
  encoding: 'utf8',
}).trimEnd();

if (pending.length > 0) {
  process.stderr.write(
    `Nothing was published: ${pending.length} changes in .changeset have no version yet. Run "npm run changeset -- version", look at what it wrote, and commit that.\n`,
  );
  process.exit(1);
}
if (uncommitted !== '') {
  process.stderr.write(
    `Nothing was published: the tags of a release name a commit, and these files are not committed. Commit them, or remove them.\n${uncommitted}\n`,
  );
  process.exit(1);
}
