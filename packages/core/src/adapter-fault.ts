import { featureNames, type FeatureName } from './features/feature-name.ts';

/** Features that are more than one function. */
const functionsOf: Readonly<Partial<Record<FeatureName, readonly string[]>>> = {
  contactLoad: ['send'],
  dialerResults: ['read', 'outcomeOf'],
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** What is wrong with the form of what `create` gave, in words; `undefined` for an adapter. Types say it to those who have them. */
export function adapterFault(made: unknown): string | undefined {
  if (made instanceof Promise) return 'create() gave a Promise; it is pure and quick, not async';
  if (!isObject(made) || !isObject(made['features']))
    return 'create() gave something without "features"; it returns { features: { … } }';
  const { features } = made;
  return featureNames.map((name) => featureFault(name, features[name])).find(Boolean);
}

function featureFault(name: FeatureName, feature: unknown): string | undefined {
  if (feature === undefined) return undefined;
  const wanted = functionsOf[name];
  if (wanted === undefined) {
    return typeof feature === 'function' ? undefined : `the feature "${name}" is not a function`;
  }
  const missing = wanted.find((part) => !isObject(feature) || typeof feature[part] !== 'function');
  return missing === undefined
    ? undefined
    : `the feature "${name}" has no function "${missing}"; it is { ${wanted.join(', ')} … }`;
}
