import { styleText } from 'node:util';

/** Writes lines, and one line that moves. */
export interface Show {
  readonly line: (text: string) => void;
  /** Takes the place of what this showed before; gone with the next line. Nothing where nobody looks. */
  readonly moving: (text: string) => void;
}

export function showOn(stream: NodeJS.WriteStream): Show {
  let isMoving = false;
  const clear = () => {
    if (isMoving) stream.write('\r\u001b[K');
    isMoving = false;
  };
  return {
    line(text) {
      clear();
      stream.write(`${text}\n`);
    },
    moving(text) {
      if (!stream.isTTY) return;
      clear();
      stream.write(text);
      isMoving = true;
    },
  };
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
