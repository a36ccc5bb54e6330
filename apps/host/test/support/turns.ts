/** How often everything else that waits came first while something was done: on SQLite no read waits for anything, and one behind the other would hold the host. */
export async function turnsDuring(work: () => Promise<unknown>): Promise<number> {
  let turns = 0;
  let next = setImmediate(function turn() {
    turns += 1;
    next = setImmediate(turn);
  });
  try {
    await work();
    return turns;
  } finally {
    clearImmediate(next);
  }
}
