import config from '@finaz-telephony/config/vitest';
import { defineConfig } from 'vitest/config';

/** Tests that need the real Asterisk of the lab; see lab/README.md. */
export default defineConfig({
  ...config,
  test: {
    ...config.test,
    include: ['test/lab/**/*.lab.ts'],
    typecheck: { enabled: false },
    // All tests share one Asterisk.
    fileParallelism: false,
    reporters: ['verbose'],
  },
});
