// Prints how many tests ran in all packages. Cached results count, because the same files have passed.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import process from 'node:process';

const root = fileURLToPath(new URL('../', import.meta.url));
const total = { passed: 0, failed: 0, skipped: 0 };
/** The names of skipped tests, which say why they were skipped. */
const skipped = [];
for (const kind of ['packages', 'adapters', 'apps']) {
  for (const name of readdirSync(join(root, kind))) {
    const file = join(root, kind, name, '.test-results/vitest.json');
    if (!existsSync(file)) continue;
    const { numPassedTests, numFailedTests, numPendingTests, testResults } = JSON.parse(
      readFileSync(file, 'utf8'),
    );
    for (const { assertionResults } of testResults)
      for (const { status, fullName } of assertionResults)
        if (status === 'pending' || status === 'skipped') skipped.push(`${name}: ${fullName}`);
    total.passed += numPassedTests;
    total.failed += numFailedTests;
    total.skipped += numPendingTests;
    process.stdout.write(
      `${`${kind}/${name}`.padEnd(28)}${String(numPassedTests).padStart(6)} tests\n`,
    );
  }
}
process.stdout.write(
  `\nTests: ${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`,
);
for (const test of skipped) process.stdout.write(`  skipped: ${test}\n`);
