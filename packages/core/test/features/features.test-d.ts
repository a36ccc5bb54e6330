import { expectTypeOf, it } from 'vitest';
import type { FeatureName, Features } from '../../src/index.ts';

it('Features has exactly one interface for each feature name', () => {
  expectTypeOf<keyof Features>().toEqualTypeOf<FeatureName>();
});
