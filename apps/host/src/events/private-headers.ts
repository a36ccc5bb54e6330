/** Headers of an answer to an event, which is not cached, and whose address is not sent on as a referrer. */
export const privateHeaders = {
  'Cache-Control': 'no-store',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};
