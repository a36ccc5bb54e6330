import type { Reply } from './simulator.ts';

export function jsonReply(status: number, body: unknown): Reply {
  return {
    status,
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  };
}

/** Text with the content type of PHP scripts. */
export function htmlReply(body: string, status = 200): Reply {
  return { status, headers: { 'Content-Type': 'text/html; charset=utf-8' }, body };
}
