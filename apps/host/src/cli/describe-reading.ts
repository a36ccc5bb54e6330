import type { ReadingStep, ReadValue } from '@finaz-telephony/core';
import type { TriedReply } from '../calls/try-reply.ts';

/** A reading for people, line by line: what answered what, which rule held, and what each expression has read. */
export function describeReading(tried: TriedReply): string {
  const lines = tried.requests.map(
    ({ method, url }, index) => `reply ${index + 1} to ${method} ${url}`,
  );
  lines.push(...tried.steps.flatMap(describeStep));
  const { result, error, further } = tried;
  if (error) {
    lines.push(`failure: ${error.code}: ${error.message}`);
    if (error.vendor?.message !== undefined)
      lines.push(`  the system's words: ${error.vendor.message}`);
    if (error.hint !== undefined) lines.push(`  ${error.hint}`);
  } else if (further === undefined) lines.push(`success: ${JSON.stringify(result)}`);
  else if (further === 'after a pause') lines.push('would ask again after a pause');
  else lines.push(`would go on with ${further.method} ${further.url}`);
  return lines.join('\n');
}

function describeStep(step: ReadingStep): string[] {
  switch (step.kind) {
    case 'reply':
      return [
        step.isReadable
          ? `${step.place}: status ${step.status}, reply is ${shortened(step.value)}`
          : `${step.place}: status ${step.status}, reply is nothing: the body is not of the form that "read" expects`,
      ];
    case 'rule':
      return [
        `${step.place}: ${step.expression} ${step.holds ? `holds, so it is ${step.is}` : 'does not hold'}`,
        ...describeReads(step.reads),
        ...(step.message === undefined ? [] : [`    message: ${step.message}`]),
      ];
    case 'status':
      return [`${step.place}: no rule holds, so the status ${step.status} decides`];
    case 'value':
      return [
        `${step.place}: ${step.expression} is ${JSON.stringify(step.value)}`,
        ...describeReads(step.reads),
      ];
    case 'row':
      return [
        `row: ${step.state}${step.reason === undefined ? '' : `, because ${step.reason}`}`,
        ...step.fields.flatMap(({ name, expression, value, reads }) => [
          `  ${name}: ${expression} is ${JSON.stringify(value)}`,
          ...describeReads(reads),
        ]),
      ];
  }
}

const describeReads = (reads: readonly ReadValue[]): string[] =>
  reads.map(
    (read) => `    ${read.expression} = ${'value' in read ? shortened(read.value) : 'nothing'}`,
  );

function shortened(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
