import { defineConfig, type ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = defineConfig({
  ssr: {
    resolve: {
      conditions: ['@finaz-telephony/source', 'module', 'node', 'development|production'],
    },
  },
  test: {
    typecheck: { enabled: true },
    // Hosts are really started: on a busy machine that takes its time.
    testTimeout: 20_000,
    hookTimeout: 30_000,
    reporters: ['default', ['json', { outputFile: '.test-results/vitest.json' }]],
  },
});
export default config;
