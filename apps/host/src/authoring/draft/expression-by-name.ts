import type { FeatureName } from '@finaz-telephony/core';
import { placeNames, type PlaceName } from './place-names.ts';
import { isSample, placeholderName, plainName, type Slot } from './slot.ts';
import {
  contactCpf,
  contactNumber,
  destination,
  indexOf,
  moment,
  numberToCall,
} from './value-expressions.ts';

/** A name that a place may have, and the expression for it: `undefined` if the value does not fit. Each feature lists the surest guess first. */
type Guess = readonly [
  name: PlaceName,
  expression: (slot: Slot, all: readonly Slot[]) => string | undefined,
];

const plain = (expression: string) => () => expression;
const digitsOnly = /^\d{2,6}$/;

/** Reads a value from the caller's parameters: the feature does not know it, and the document must not contain a person's data. */
const parameter = (name: string) => plain(`parameters.${name} | default: ""`);

const callerExtension = (slot: Slot) =>
  digitsOnly.test(slot.value) || isSample(slot) ? 'extension' : undefined;

const common = {
  attemptId: ['attemptId', plain('attemptId')],
  queue: ['queue', plain('queue')],
} as const;

const personal: readonly Guess[] = [
  ['contactId', parameter('contactId')],
  ['cpf', parameter('cpf')],
  ['name', parameter('name')],
];

const guesses: Readonly<Record<Exclude<FeatureName, 'answeredCall'>, readonly Guess[]>> = {
  click2call: [
    [
      'areaCode',
      (slot) => (/^0?\d\d$/.test(slot.value) || isSample(slot) ? 'areaCode' : undefined),
    ],
    ['extension', plain('extension')],
    ['number', numberToCall],
    ['caller', callerExtension],
    common.queue,
    common.attemptId,
    ...personal,
  ],
  transfer: [
    ['extension', plain('extension')],
    ['destination', destination],
    ['callId', plain('callId')],
    ['caller', callerExtension],
    common.queue,
    common.attemptId,
  ],
  recording: [['callId', plain('callId')]],
  contactClear: [common.queue],
  contactLoad: [
    ['areaCode', (slot) => `areaCode${indexOf(slot)}`],
    ['number', contactNumber],
    ['cpf', contactCpf],
    ['name', plain('name')],
    common.queue,
    ['contactId', plain('contactId')],
    ['plainId', plain('contactId')],
  ],
  dialerResults: [
    ['from', (slot) => moment('from', slot)],
    ['to', (slot) => moment('to', slot)],
    ['page', plain('page')],
    ['size', plain('size')],
    ['offset', (slot) => (/^\d+$/.test(slot.value) ? 'offset' : undefined)],
    common.queue,
  ],
};

/** The name around a key says more than the key: `contact.id`, `campaigns/12`. */
function namesOf(slot: Slot): readonly string[] {
  const [own = '', around = ''] = slot.names;
  const said = placeholderName(slot.value);
  const names = [
    ...(said === undefined ? [] : [said]),
    ...(around === '' ? [] : [`${around}${own}`, `${around.replace(/e?s$/, '')}${own}`]),
    own,
    // An item of `telefones` is a `telefone`.
    own.replace(/e?s$/i, ''),
    own.replace(/s$/i, ''),
    // X-Ramal
    own.replace(/^x[-_]/i, ''),
  ];
  return names.map(plainName);
}

/** The expression for a place, guessed from its names. */
export function expressionByName(
  feature: Exclude<FeatureName, 'answeredCall'>,
  slot: Slot,
  all: readonly Slot[],
): string | undefined {
  for (const name of namesOf(slot)) {
    for (const [place, expression] of guesses[feature]) {
      if (!placeNames[place].test(name)) continue;
      const found = expression(slot, all);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}
