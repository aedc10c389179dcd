// needs: opa, envoy
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { ask, type Response, valuesOf } from '../../support/envoy-client.ts';
import { listener } from '../../support/envoy-config.ts';
import { type Stage, startStage } from '../../support/envoy-stage.ts';

/** `/public` is open, everything else shut: as careless as a policy can be. */
const POLICY = `package gate

# METADATA
# entrypoint: true
decision := {"allowed": true, "headers": {"x-told": json.marshal(told)}} if {
	startswith(input.path.raw, "/public/")
} else := false

told := [input.path.raw, object.get(input.path, "normalized", null), input.path.ambiguities]
`;

let deny: Stage;
let pass: Stage;
before(async () => {
  const listeners = [listener('front'), listener('soft', { hardened: false })];
  const stage = (ambiguousPaths: string): Promise<Stage> =>
    startStage({
      rego: { 'gate.rego': POLICY },
      extAuthz: `{ ambiguousPaths: ${ambiguousPaths} }`,
      listeners,
    });
  [deny, pass] = await Promise.all([stage('deny'), stage('pass')]);
});
after(() => Promise.all([deny?.stop(), pass?.stop()]));

/** Paths that begin with `/public/` and that some server takes for `/admin`, and what Portcullis says of them. */
const TRICKS: readonly (readonly [path: string, ambiguities: readonly string[]])[] = [
  ['/public/../admin', ['dot_segment']],
  ['/public/./../admin', ['dot_segment']],
  ['/public/x/../../admin', ['dot_segment']],
  ['/public/%2e%2e/admin', ['dot_segment', 'encoded_unreserved']],
  ['/public/.%2E/admin', ['dot_segment', 'encoded_unreserved']],
  ['/public/..%2fadmin', ['dot_segment', 'encoded_separator']],
  ['/public/..%5cadmin', ['backslash', 'dot_segment']],
  ['/public/..\\admin', ['backslash', 'dot_segment']],
  ['/public/..;/admin', ['semicolon']],
  ['/public/;/../admin', ['dot_segment', 'semicolon']],
  ['/public/..%00/admin', ['control_character']],
  ['/public/..%0d%0a/admin', ['control_character']],
  ['/public//../../admin', ['dot_segment', 'empty_segment']],
  ['/public/%252e%252e/admin', ['double_encoding']],
  ['/public/%25%32%65%25%32%65/admin', ['double_encoding', 'encoded_unreserved']],
  ['/public/%c0%ae%c0%ae/admin', ['not_utf8']],
  ['/public/%u002e%u002e/admin', ['malformed_escape']],
  ['/public/%3f/../admin', ['dot_segment', 'encoded_query_mark']],
  ['/public/%23/../admin', ['dot_segment', 'fragment']],
];

/** Which a server that reads the target in any of the usual ways would take for something under `/admin`. */
function mayBeAdmin(target: string): boolean {
  const [path = ''] = target.split('?');
  const readings = [path, path.replaceAll(';', ''), path.replaceAll('\\', '/')];
  for (let round = 0; round < 2; round++) {
    for (const reading of readings.slice()) {
      try {
        readings.push(decodeURIComponent(reading).replaceAll('\\', '/').replaceAll('\0', ''));
      } catch {
        // A server that refuses the escape takes it for nothing.
      }
    }
  }
  return readings.some((reading) =>
    new URL(reading.replace(/^\/+/, '/'), 'http://upstream').pathname.startsWith('/admin'),
  );
}

const get = (stage: Stage, where: string, path: string): Promise<Response> =>
  ask(stage.envoy.port(where), { path, tag: `${where} ${path}` });

test('without help from Envoy, every trick is denied and says why', async () => {
  const count = deny.upstream.count();
  for (const [path] of TRICKS) {
    assert.equal((await get(deny, 'soft', path)).status, 400, path);
    const { metadata } = await deny.envoy.logged(`soft ${path}`);
    assert.equal((metadata!['portcullis'] as { code: string }).code, 'path_ambiguous', path);
  }
  for (const path of [
    '//public/x',
    '/public//x',
    '/public/a;b=c',
    '/public/a%2Fb',
    '/public/%',
    '/public/a%3fb',
    '/%61dmin/x',
    '/public/a.',
    '/public/a%EF%BC%8Fb',
  ])
    assert.equal((await get(deny, 'soft', path)).status, 400, path);
  assert.equal(deny.upstream.count(), count);
});

test('behind a hardened Envoy too nothing reaches the upstream that it could take for /admin', async () => {
  for (const [path] of TRICKS) {
    const { status, seen } = await get(deny, 'front', path);
    assert.ok(
      seen === undefined ? [400, 403].includes(status) : !mayBeAdmin(seen.url),
      `${path}: ${seen?.url}`,
    );
  }
  // The check's own check: without both protections most of them get through.
  const reached = [];
  for (const [path] of TRICKS) reached.push((await get(pass, 'soft', path)).seen?.url);
  assert.ok(reached.filter((url) => url !== undefined && mayBeAdmin(url)).length > TRICKS.length / 2);
});

const PIECES = [
  '/',
  '/',
  '/',
  '.',
  '..',
  'admin',
  'public',
  'x',
  ';',
  '\\',
  '%',
  '2',
  'e',
  '%2e',
  '%2E',
  '%2f',
  '%5c',
  '%25',
  '%00',
  '%3b',
  '%3f',
  '?',
  '%c0%ae',
];

test('of all that can be put together from such pieces, nothing does either', async () => {
  const paths = fc
    .array(fc.constantFrom(...PIECES), { maxLength: 12 })
    .map((pieces) => `/public/${pieces.join('')}`);
  let reached = 0;
  await fc.assert(
    fc.asyncProperty(paths, fc.constantFrom('front', 'soft'), async (path, where) => {
      const { seen } = await ask(deny.envoy.port(where), { path });
      if (seen === undefined) return;
      reached++;
      assert.ok(seen.url.startsWith('/public/') && !mayBeAdmin(seen.url), seen.url);
    }),
    { numRuns: 400 },
  );
  assert.ok(reached > 0);
});

test('a policy that wants to judge ambiguous paths itself sees all that is to know', async () => {
  for (const [path, ambiguities] of TRICKS) {
    const { status, seen } = await get(pass, 'soft', path);
    assert.equal(status, 200, path);
    const [raw, , known] = JSON.parse(valuesOf(seen!.headers, 'x-told')[0]!) as unknown[];
    assert.equal(raw, path);
    assert.deepEqual(known, ambiguities, path);
  }
  const { seen } = await get(pass, 'soft', '/public/x%2f..%2f..%2fadmin/%C3%A9?a=/../b');
  assert.deepEqual(JSON.parse(Buffer.from(valuesOf(seen!.headers, 'x-told')[0]!, 'latin1').toString()), [
    '/public/x%2f..%2f..%2fadmin/%C3%A9',
    '/admin/é',
    ['dot_segment', 'encoded_separator'],
  ]);
});

test('paths that every server reads alike are let through as they are', async () => {
  const plain = [
    '/public/',
    '/public/a.b~c-d_e',
    '/public/%C3%A9',
    '/public/a:b@c',
    '/public/a?x=//../%2f',
    '/public/a?',
  ];
  for (const where of ['front', 'soft']) {
    for (const path of plain) {
      const { status, seen } = await get(deny, where, path);
      assert.equal(status, 200, path);
      assert.equal(seen!.url, path);
    }
  }
  // What Envoy decodes because it means the same, and absolute forms: the policy and the upstream see one path.
  for (const path of ['/%70ublic/x', 'http://other.test/public/x']) {
    const { seen } = await get(deny, 'front', path);
    assert.equal(seen!.url, '/public/x', path);
    assert.equal(JSON.parse(valuesOf(seen!.headers, 'x-told')[0]!)[0], '/public/x');
  }
});
