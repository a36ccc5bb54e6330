import { defineConfig, type ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = defineConfig({
  ssr: {
    resolve: {
      conditions: ['@finaz-telephony/source', 'module', 'node', 'development|production'],
    },
  },
  test: { typecheck: { enabled: true } },
});
export default config;
