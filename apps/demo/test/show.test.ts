import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { bar, showOn } from '../src/show.ts';

it('a moving line is cut to the width of the terminal: a line that has wrapped cannot be taken back', () => {
  const terminal = Object.assign(new PassThrough(), { isTTY: true, columns: 40 });
  const show = showOn(terminal);
  show.moving(`  ${'loading'.padEnd(22)} ${bar(120, 200)}`);
  expect(String(terminal.read())).toHaveLength(39);
  show.line('done');
  expect(String(terminal.read())).toBe('\r\u001b[Kdone\n');
});
