import { defineConfig, type ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = defineConfig({
  ssr: {
    resolve: {
      conditions: ['@finaz-telephony/source', 'module', 'node', 'development|production'],
    },
  },
  test: {
    typecheck: { enabled: true },
    // Tests start real hosts, which takes many times as long on a busy machine. A test that hangs still fails.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 30_000 } },
    reporters: ['default', ['json', { outputFile: '.test-results/vitest.json' }]],
  },
});
export default config;
