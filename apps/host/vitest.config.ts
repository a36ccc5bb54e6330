import { availableParallelism } from 'node:os';
import config from '@finaz-telephony/config/vitest';
import { defineConfig, mergeConfig } from 'vitest/config';

export default mergeConfig(
  config,
  defineConfig({
    test: {
      // These tests wait more than they compute: the one worker that two processors get by default leaves most of both idle.
      maxWorkers: Math.max(2, availableParallelism() - 1),
    },
  }),
);
