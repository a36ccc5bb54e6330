import { expectTypeOf, it } from 'vitest';
import type { FeatureName, Features } from '../../src/index.ts';

it('has one interface for each name', () => {
  expectTypeOf<keyof Features>().toEqualTypeOf<FeatureName>();
});
