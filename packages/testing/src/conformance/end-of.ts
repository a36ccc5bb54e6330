/** Enough for an adapter that stops waiting when it is aborted. */
const longestEndMs = 1500;

/** How an operation ends after its caller has given up; `late` if it goes on. Time counts from that moment, because until then a vendor may be slow. */
export async function endOf(
  work: Promise<unknown>,
  leaving: AbortSignal,
): Promise<'success' | 'failure' | 'late'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    const begin = () => {
      timer = setTimeout(() => resolve('late'), longestEndMs);
    };
    if (leaving.aborted) begin();
    else leaving.addEventListener('abort', begin, { once: true });
  });
  const ended = work.then(
    () => 'success' as const,
    () => 'failure' as const,
  );
  return Promise.race([ended, late]).finally(() => clearTimeout(timer));
}
