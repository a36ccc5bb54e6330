import type { ReadingStep } from '@finaz-telephony/core/host';
import type { Concealed } from '../exchanges/concealer.ts';
import { createMasker } from '../exchanges/mask.ts';
import { maskValue } from '../exchanges/mask-value.ts';

/** Masks the values that were read; text from the document stays as it is. */
export function maskedStep(step: ReadingStep, conceal: Concealed): ReadingStep {
  const masker = createMasker(conceal);
  const reads = <Read extends { readonly expression: string; readonly value?: unknown }>(
    list: readonly Read[],
  ) =>
    list.map((read) =>
      'value' in read
        ? { ...read, value: maskValue(masker, read.value, lastName(read.expression)) }
        : read,
    );
  switch (step.kind) {
    case 'reply':
      return 'value' in step ? { ...step, value: maskValue(masker, step.value) } : step;
    case 'status':
      return step;
    case 'notification':
      return {
        ...step,
        query: maskValue(masker, step.query),
        body: maskValue(masker, step.body),
      };
    case 'signature':
      return { ...step, reads: reads(step.reads) };
    case 'rule':
      return {
        ...step,
        reads: reads(step.reads),
        ...(step.message !== undefined && { message: masker.text(step.message) }),
      };
    case 'value':
      return { ...step, reads: reads(step.reads), value: masker.text(step.value) };
    case 'row':
      return {
        ...step,
        fields: step.fields.map((field) => ({
          ...field,
          reads: reads(field.reads),
          value: masker.text(field.value),
        })),
      };
  }
}

const lastName = (path: string): string => path.split('.').at(-1) ?? path;
