/** What requests with bodies are made of. */
import type { HttpRequest } from './request.ts';

/** What the documented example asks for. */
export const CHARLIE = '{"firstname":"Charlie","lastname":"Opa"}';

export const json = (body: string, headers: Readonly<Record<string, string>> = {}): HttpRequest => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body,
});

export const typed = (type: string, body: string): HttpRequest => ({
  method: 'POST',
  headers: { 'content-type': type },
  body,
});

/** By their beginning. */
export const named = (
  bodies: readonly string[],
  of: (body: string) => HttpRequest,
): Record<string, HttpRequest> =>
  Object.fromEntries(bodies.map((body) => [JSON.stringify(body.slice(0, 70)), of(body)]));

/** One part of a body whose boundary is `foo`. */
export const part = (name: string, value: string, type = ''): string =>
  `--foo\r\nContent-Disposition: form-data; name="${name}"\r\n${type && `Content-Type: ${type}\r\n`}\r\n${value}\r\n`;
export const END = '--foo--\r\n';
