import type { ReadingStep, ReadValue } from '@finaz-telephony/core/host';
import type { HeardAnswer, TriedReply } from '../trials/try-reply.ts';

type SignatureState = Extract<ReadingStep, { kind: 'signature' }>['state'];

/** Describes the reading of a reply line by line: which request it answers, which rule matched, and what each expression has read. */
export function describeReading(tried: TriedReply): string {
  const lines = tried.requests.map(
    ({ method, url }, index) => `reply ${index + 1} to ${method} ${url}`,
  );
  lines.push(...tried.steps.flatMap(describeStep));
  const { result, error, further, answer } = tried;
  if (error) {
    lines.push(`failure: ${error.code}: ${error.message}`);
    if (error.vendor?.message !== undefined)
      lines.push(`  the system's words: ${error.vendor.message}`);
    if (error.hint !== undefined) lines.push(`  ${error.hint}`);
    if (result !== undefined) lines.push(`read all the same: ${JSON.stringify(result)}`);
  } else if (further === undefined) lines.push(`success: ${JSON.stringify(result)}`);
  else if (further === 'after a pause') lines.push('would ask again after a pause');
  else lines.push(`would go on with ${further.method} ${further.url}`);
  if (answer) lines.push(`its sender would hear ${answer.status}${wordsOf(answer)}`);
  return lines.join('\n');
}

const wordsOf = ({ body }: HeardAnswer): string =>
  body === undefined ? ", in the host's own words" : `: ${body}`;

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
    case 'notification':
      return [`${step.place}: query is ${shortened(step.query)}, body is ${shortened(step.body)}`];
    case 'signature':
      return [
        `${step.place}: ${signatureStates[step.state]}${step.reason === undefined ? '' : ` (${step.reason})`}`,
        ...describeReads(step.reads),
      ];
    case 'value':
      return [
        `${step.place}: ${step.expression} is ${shortened(step.value)}`,
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

const signatureStates: Readonly<Record<SignatureState, string>> = {
  right: 'checked, and right',
  old: 'checked, and right, but the sample is old by now',
  refused: 'checked, and wrong; what follows is read for this sample alone',
  unchecked: 'not checked',
};

const describeReads = (reads: readonly ReadValue[]): string[] =>
  reads.map(
    (read) => `    ${read.expression} = ${'value' in read ? shortened(read.value) : 'nothing'}`,
  );

function shortened(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
