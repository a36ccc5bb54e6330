import type { IncomingHttpHeaders } from 'node:http';
import { startLoopbackServer } from '@finaz-telephony/testing';
import { onTestFinished } from 'vitest';
import { wholeBody } from '../support/whole-body.ts';

/** A request as a server got it. */
export interface Captured {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface CaptureServer {
  readonly origin: string;
  /** Takes what has come since the last time. */
  readonly take: () => readonly Captured[];
}

/** Keeps every request, and answers with `answer`. */
export async function startCaptureServer(answer: string): Promise<CaptureServer> {
  const captured: Captured[] = [];
  const server = await startLoopbackServer(async (request, response) => {
    const body = await wholeBody(request);
    if (!body) return;
    const { method = '', url = '', headers } = request;
    captured.push({ method, url, headers, body });
    response.end(answer);
  });
  onTestFinished(server.close);
  return {
    origin: server.url,
    take: () => captured.splice(0),
  };
}

/** Set by every client as it likes, or said by the body itself. */
const ofTheClient = new Set([
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'accept-encoding',
  'expect',
]);

/** A request in its meaning: what a server makes of it. */
export async function meaningOf({ method, url, headers, body }: Captured): Promise<unknown> {
  const { pathname, searchParams } = new URL(url, 'http://host');
  const type = headers['content-type'] ?? '';
  return {
    method,
    path: decodeURIComponent(pathname),
    query: [...searchParams],
    headers: Object.fromEntries(
      Object.entries(headers).filter(
        ([name, value]) => !ofTheClient.has(name) && isSaid(name, value),
      ),
    ),
    body: await bodyMeaning(type, body),
  };
}

function isSaid(name: string, value: unknown): boolean {
  const text = String(value);
  if (name === 'content-type' && text.startsWith('multipart/')) return false;
  if (name === 'accept') return text !== '*/*';
  if (name === 'user-agent') return !/^(?:curl|finaz-telephony)\b/.test(text);
  return !name.startsWith('sec-');
}

async function bodyMeaning(type: string, body: Buffer): Promise<unknown> {
  if (type.startsWith('multipart/form-data')) {
    const form = await new Response(new Uint8Array(body), {
      headers: { 'content-type': type },
    }).formData();
    const parts = await Promise.all([...form].map(partMeaning));
    return parts.toSorted((left, right) => left.name.localeCompare(right.name));
  }
  const text = body.toString('utf8');
  if (/^\s*[[{]/.test(text)) return JSON.parse(text);
  if (type === 'application/x-www-form-urlencoded') return [...new URLSearchParams(text)];
  return /xml/.test(type) ? text.replaceAll('&#38;', '&amp;') : text;
}

interface Part {
  readonly name: string;
  readonly value?: string;
  readonly filename?: string;
  readonly type?: string;
  /** In base64. */
  readonly bytes?: string;
}

async function partMeaning([name, value]: readonly [string, File | string]): Promise<Part> {
  if (typeof value === 'string') return { name, value };
  const bytes = Buffer.from(await value.arrayBuffer()).toString('base64');
  return { name, filename: value.name, type: value.type.replace(/;.*/, ''), bytes };
}
