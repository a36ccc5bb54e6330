import { featureNames, type FeatureName } from './features/feature-name.ts';

/** The required functions of the features that are more than one function. */
const functionsOf: Readonly<Partial<Record<FeatureName, readonly string[]>>> = {
  contactLoad: ['send'],
  dialerResults: ['read', 'outcomeOf'],
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** What is wrong with the value that `create` returned, in words; `undefined` for a valid adapter. For authors who write without types. */
export function adapterFault(made: unknown): string | undefined {
  if (made instanceof Promise) return 'create() gave a Promise; it is pure and quick, not async';
  if (!isObject(made) || !isObject(made['features']))
    return 'create() gave something without "features"; it returns { features: { … } }';
  const { features } = made;
  return (
    featureNames.map((name) => featureFault(name, features[name])).find(Boolean) ??
    besides.map((name) => functionFault(name, made[name])).find(Boolean) ??
    loadFault(features['contactLoad'])
  );
}

/** Functions that an adapter may have besides its features. */
const besides = ['checkCredentials', 'followCall', 'diagnose'];
/** Functions that a load may have besides `send`. */
const loadSteps = ['prepare', 'find', 'activate', 'keepDialing', 'deactivate'];

const functionFault = (name: string, part: unknown) =>
  part === undefined || typeof part === 'function' ? undefined : `"${name}" is not a function`;

function loadFault(load: unknown): string | undefined {
  if (!isObject(load)) return undefined;
  const { unit, batch, repeatable } = load;
  if (unit !== 'mailing' && unit !== 'batch' && unit !== 'contact')
    return '"contactLoad.unit" is none of "mailing", "batch" and "contact"';
  if (typeof repeatable !== 'boolean')
    return '"contactLoad.repeatable" must be true or false: whether a contact that is sent twice is there only once';
  if (unit === 'batch' && !isBatch(batch))
    return '"contactLoad.batch" is not { size, weigh } with a size of 1 at least; a unit of "batch" needs it';
  return loadSteps.map((name) => functionFault(`contactLoad.${name}`, load[name])).find(Boolean);
}

const isBatch = (batch: unknown) =>
  isObject(batch) &&
  typeof batch['size'] === 'number' &&
  batch['size'] >= 1 &&
  typeof batch['weigh'] === 'function';

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
