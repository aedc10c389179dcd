/** `cerbos.request.v1.CheckResourcesRequest`, encoded by hand: one resource, one action. */
import type { CerbosRequest } from './sets/policy-set.ts';

export function cerbosMessage(request: CerbosRequest, id: number): Uint8Array {
  const { principal, roles, kind, action, attributes, token } = request;
  const attr = Object.entries(attributes).map(([name, value]) =>
    part(4, part(1, name), part(2, part(3, value))),
  );
  return Buffer.concat([
    part(1, `request-${id}`),
    part(3, part(1, principal), ...roles.map((role) => part(3, role))),
    part(4, part(1, action), part(2, part(1, kind), part(3, 'resource'), ...attr)),
    ...(token === undefined ? [] : [part(5, part(1, part(1, token)))]),
  ]);
}

/** A field of bytes, text or a message. */
function part(field: number, ...content: (string | Uint8Array)[]): Buffer {
  const bytes = Buffer.concat(content.map((each) => Buffer.from(each)));
  return Buffer.concat([Buffer.of((field << 3) | 2), varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest & 0x7f) | 0x80);
  }
}
