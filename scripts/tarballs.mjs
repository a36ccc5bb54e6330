// Packs every package that is meant for the registry into tarballs/, for those who use them before the registry has them.
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const destination = join(root, 'tarballs');
rmSync(destination, { recursive: true, force: true });

for (const file of globSync('{packages,adapters,apps}/*/package.json', { cwd: root }).toSorted()) {
  if (JSON.parse(readFileSync(join(root, file), 'utf8')).private) continue;
  const cwd = join(root, dirname(file));
  // Through the shell, because Windows starts pnpm in no other way. The path is relative, because the names of folders above may have blanks.
  const { status, stdout, stderr, error } = spawnSync(
    `pnpm pack --pack-destination ${relative(cwd, destination)}`,
    { cwd, encoding: 'utf8', shell: true },
  );
  if (error) throw error;
  if (status !== 0) {
    process.stderr.write(stdout + stderr);
    process.exit(status ?? 1);
  }
}
for (const name of globSync('*.tgz', { cwd: destination }).toSorted())
  console.log(relative(root, join(destination, name)));
