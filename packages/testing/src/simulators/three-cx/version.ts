/** Updates of v20 that differ in their API. */
export type ThreeCxVersion = '20.0.5' | '20.0.6' | '20.0.7' | '20.0.9' | '20.0.10';

export function isSince(version: ThreeCxVersion, update: number): boolean {
  return Number(version.split('.')[2]) >= update;
}
