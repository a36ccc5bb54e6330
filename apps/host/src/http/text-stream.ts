import type { Logger } from '@finaz-telephony/core';

/**
 * A list of any length as one text: page by page, and only as fast as the reader takes it. If it cannot be read to its end, the connection breaks, because a list that
 * ended there would be taken for the whole.
 */
export function textStream(
  pages: AsyncGenerator<string>,
  logger: Logger,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      try {
        const { value, done } = await pages.next();
        if (done) controller.close();
        else controller.enqueue(encoder.encode(value));
      } catch (error) {
        logger.error({ err: error }, 'a list broke off; its reader sees the connection break');
        // Without the store's message: the server writes it unmasked.
        controller.error(new Error('a list broke off; the log says why'));
      }
    },
    async cancel() {
      await pages.return(undefined);
    },
  });
}
