import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonValue } from '../../../json/value.ts';
import { FULL, WHOLE } from '../../../policy/plan/footprint.ts';
import { resolveTree } from '../../../policy/projection/resolve-tree.ts';
import { CheckView } from '../check-view.ts';
import { pathFacts } from '../path/path-facts.ts';
import { NO_FACTS } from '../request/check-request.ts';
import { buildInput, type InputOptions } from '../request/input-document.ts';
import { BODY_HEADERS } from './built-parts.ts';
import { compileProgram } from './projection-program.ts';
import { writeProjection } from './write-projection.ts';

const OPTIONS: InputOptions = {
  limits: { maxBytes: 65_536, maxDepth: 32 },
  parseBody: true,
  grpc: { read: () => 'unknown' } as unknown as NonNullable<InputOptions['grpc']>,
};

test('what is said of a body depends on no header that the scan does not hand over', () => {
  const handedOver = new Set(BODY_HEADERS.map(({ name }) => name));
  const read = new Set<string>();
  const types = [
    '',
    'application/json',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=b',
  ];
  for (const type of [...types, 'application/grpc', 'text/plain']) {
    for (const body of ['', '{}', 'a=b']) {
      for (const mark of [undefined, 'true', 'false']) {
        const sent: Record<string, string | undefined> = {
          'content-type': type,
          'x-envoy-auth-partial-body': mark,
        };
        const headers = new Proxy(sent, {
          get: (target, name) => {
            read.add(String(name));
            return target[String(name)];
          },
          has: () => assert.fail('headers are only read by name'),
          ownKeys: () => assert.fail('headers are only read by name'),
        }) as Record<string, string>;
        const facts = { ...NO_FACTS, method: 'POST', path: '/a', headers, body, rawBody: Buffer.from(body) };
        buildInput(facts, pathFacts('/a', 'POST'), OPTIONS);
      }
    }
  }
  assert.ok(read.size > 0);
  assert.deepEqual(
    [...read].filter((name) => !handedOver.has(name)),
    [],
  );
});

test('of the parts of a request only what all requests share is kept', () => {
  const program = compileProgram(resolveTree({ reads: 0, children: new Map([['parsed_body', WHOLE]]) }));
  const kept = (value: JsonValue): JsonValue | undefined => {
    writeProjection(program, 1, { build: () => value });
    return program.parts[0]?.lastValue;
  };
  const shared = Object.freeze({ state: 'empty' });
  assert.equal(kept(shared), shared);
  assert.equal(kept({ password: 'x' }), shared);
  assert.equal(kept('password'), shared);
  assert.equal(kept(null), null);
});

test('what is said of requests without a body is one frozen object', () => {
  const bytes = Uint8Array.from([0x0a, 0]);
  const bodies = [1, 2].map(() => {
    const view = new CheckView(bytes, OPTIONS);
    view.project({
      tree: { reads: 0, children: new Map([['body', { reads: FULL }]]) },
      project: () => assert.fail('decoded'),
      projectText: () => assert.fail('not JSON'),
    });
    return view.build('body');
  });
  assert.equal(bodies[0], bodies[1]);
  assert.ok(Object.isFrozen(bodies[0]));
});
