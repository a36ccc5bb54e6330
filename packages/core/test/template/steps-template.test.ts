import { describe, expect, it } from 'vitest';
import { runFeature, runOperation } from '../support/run-feature.ts';
import { dial, errorOf } from '../support/template-documents.ts';

const at = (path: string) => ({ request: { url: `https://pbx.example/${path}` } });

describe('steps', () => {
  it('at a moment of a load are all left out where their condition does not hold, the last one too', async () => {
    const settings = (when: string) => ({
      contactLoad: {
        ...at('load'),
        prepare: [{ ...at('list'), capture: { list: '{{ reply.id }}' } }],
        activate: [at('a'), { ...at('b'), when }],
      },
    });
    const held = runOperation('activate', settings('captures.list == "42"'), {});
    await held.result;
    expect(held.context.sent.map(({ url }) => url)).toEqual([
      'https://pbx.example/a',
      'https://pbx.example/b',
    ]);
    const left = runOperation('activate', settings('captures.list == "43"'), {});
    await left.result;
    expect(left.context.sent.map(({ url }) => url)).toEqual(['https://pbx.example/a']);
  });

  it('behind one that was sent never say that nothing was sent', async () => {
    const settings = dial(
      {},
      { steps: [at('dial'), at('status/{{ parameters.id | required: "the id" }}')] },
    );
    const { context, result } = runFeature('click2call', settings);
    expect(await errorOf(result)).toMatchObject({ code: 'invalid_input', delivery: 'unknown' });
    expect(context.sent.map(({ url }) => url)).toEqual(['https://pbx.example/dial']);
  });
});
