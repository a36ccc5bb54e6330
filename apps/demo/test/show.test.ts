import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { bar, showOn } from '../src/show.ts';

it('shows a moving line that a narrow terminal does not wrap, for what has wrapped cannot be taken back', () => {
  const terminal = Object.assign(new PassThrough(), { isTTY: true, columns: 40 });
  const show = showOn(terminal);
  show.moving(`  ${'loading'.padEnd(22)} ${bar(120, 200)}`);
  expect(String(terminal.read())).toHaveLength(39);
  show.line('done');
  expect(String(terminal.read())).toBe('\r\u001b[Kdone\n');
});
