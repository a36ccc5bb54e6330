import process from 'node:process';

const everyMs = 10_000;
let toldAt = 0;

/** Says how far a check is: in a terminal in one line that changes, elsewhere in a line now and then. */
export function tellProgress(text: string): void {
  if (process.stdout.isTTY) {
    clearProgress();
    process.stdout.write(text);
  } else if (performance.now() - toldAt > everyMs) {
    toldAt = performance.now();
    console.log(text);
  }
}

/** Before what stays is written. */
export function clearProgress(): void {
  if (process.stdout.isTTY) process.stdout.write('\r\u001b[K');
}
