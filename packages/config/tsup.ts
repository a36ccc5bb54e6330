import { defineConfig, type Options } from 'tsup';

/** JavaScript only: declarations come from `tsc -p tsconfig.build.json`. */
export function library(
  options: Pick<Options, 'entry' | 'onSuccess'>,
): ReturnType<typeof defineConfig> {
  return defineConfig({
    ...options,
    format: ['esm'],
    target: 'node22',
    sourcemap: true,
    clean: true,
    dts: false,
  });
}
