import { stripVTControlCharacters, styleText } from 'node:util';

/** Writes lines, and one line that moves. */
export interface Show {
  readonly line: (text: string) => void;
  /** Replaces the last moving text, and vanishes with the next line. Shows nothing if the output is not a terminal. */
  readonly moving: (text: string) => void;
}

type Screen = Pick<NodeJS.WriteStream, 'write' | 'isTTY' | 'columns'>;

/** @returns also `last`: writes a line after which nothing is shown any more */
export function showOn(stream: Screen): Show & { readonly last: (text: string) => void } {
  let isMoving = false;
  let isOver = false;
  const clear = () => {
    if (isMoving) stream.write('\r\u001b[K');
    isMoving = false;
  };
  const line = (text: string) => {
    if (isOver) return;
    clear();
    stream.write(`${text}\n`);
  };
  return {
    line,
    moving(text) {
      if (isOver || !stream.isTTY) return;
      clear();
      stream.write(fitting(text, stream.columns));
      isMoving = true;
    },
    last(text) {
      line(text);
      isOver = true;
    },
  };
}

/** Cuts a line to the width of the screen, because a line that wraps could not be erased. */
function fitting(line: string, columns: number): string {
  const plain = stripVTControlCharacters(line);
  return columns === 0 || plain.length < columns ? line : plain.slice(0, columns - 1);
}

const width = 28;

/** `████████░░░░ 42/60` */
export function bar(done: number, total: number): string {
  const filled = total === 0 ? width : Math.round((done / total) * width);
  return `${styleText('green', '█'.repeat(filled))}${'░'.repeat(width - filled)} ${done}/${total}`;
}

/** Rows under a heading, each column as wide as its widest cell. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)),
  );
  const write = (cells: readonly string[]) =>
    `    ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd();
  return [styleText('dim', write(head)), ...rows.map(write)];
}
