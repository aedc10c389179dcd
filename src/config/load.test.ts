import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load, mistakes, SETS } from '../../test/support/config.ts';
import { PortcullisError } from '../errors.ts';
import { loadConfig } from './load.ts';

test('the smallest configuration is complete, absolute and frozen', async () => {
  const { config } = await load({});
  assert.deepEqual(config.grpc.address, { kind: 'tcp', host: '127.0.0.1', port: 9191 });
  assert.ok(config.http !== false && config.admin !== false);
  assert.deepEqual(config.http.address, { kind: 'tcp', host: '127.0.0.1', port: 8181 });
  assert.equal(config.stateDir, '/etc/pc/.portcullis');
  assert.deepEqual(config.admin.address, { kind: 'unix', path: '/etc/pc/.portcullis/admin.sock' });
  assert.deepEqual(config.policySets['shop']?.bundles['policy']?.source, {
    kind: 'file',
    path: '/etc/pc/a.tar.gz',
  });
  assert.equal(config.cache.maxBytes, 64 * 1024 ** 2);
  assert.equal(config.cache.maxAge, 3_600_000);
  assert.deepEqual(config.decisionLog.sinks, [{ type: 'stdout', input: 'whole' }]);
  assert.throws(() => Object.assign(config.limits.bundle, { maxEntries: 1 }), TypeError);
  assert.throws(() => (config.decisionLog.mask as string[]).push('/input'), TypeError);
});

const MTLS = 'grpc: { tls: { certFile: a, keyFile: b, clientCaFile: c } }';

/** Each mistake alone: what is written beside the policy sets, and what the message must say. */
const MISTAKES: [string, RegExp][] = [
  [
    'grpc: { adress: 127.0.0.1:1 }',
    /portcullis\.yaml:2:9: grpc\.adress is not a known key; did you mean "address"\?/,
  ],
  ['forwardAuth: { policySet: shop }', /yaml:2:1: forwardAuth is not a known key; there are: stateDir, /],
  ['__proto__: { a: 1 }', /yaml:2:1: __proto__ cannot be a key/],
  ['grpc: { address: 9191 }', /grpc\.address write text, not a number/],
  ['grpc: { address: "9191" }', /grpc\.address write host:port, \[ipv6\]:port or unix:\/path/],
  ['grpc: 5', /yaml:2:1: grpc write a map of keys and values, not a number/],
  ['grpc: false', /grpc write a map of keys and values, not true or false/],
  ['http: true', /http write false or a map of keys and values/],
  [
    'grpc: { address: "0.0.0.0:9191" }',
    /grpc\.address is off loopback without TLS: add tls, or insecure: true/,
  ],
  ['admin: { address: "0.0.0.0:9191" }', /admin\.address is off loopback: add tls with clientCaFile/],
  ['admin: { insecure: true }', /admin\.insecure is not a known key/],
  ['grpc: { insecure: true, tls: { certFile: a, keyFile: b } }', /grpc\.insecure contradicts tls/],
  ['grpc: { tls: { certFile: a } }', /yaml:2:9: grpc\.tls\.keyFile is required/],
  ['grpc: { tls: { certFile: a, keyFile: b, requireClientCert: true } }', /grpc\.tls .* no clientCaFile/],
  [
    'grpc: { address: "127.0.0.1:1" }\nhttp: { address: "127.0.0.1:1" }',
    /yaml:3:9: http\.address is the address of grpc/,
  ],
  ['grpc: { address: "127.0.0.1:8181" }', /http\.address is the address of grpc as well/],
  ['limits: { maxInputDepth: 5000 }', /limits\.maxInputDepth write at most 1000/],
  ['limits: { maxEvaluationMemory: 5GiB }', /limits\.maxEvaluationMemory write at most 4GiB/],
  [`grpc: { address: 'unix:/${'a'.repeat(104)}' }`, /grpc\.address .* longer than the 103 bytes/],
  ['workers: 0', /workers write 1 or more, or auto/],
  ['workers: many', /workers /],
  ['cache: { maxBytes: 64MB }', /cache\.maxBytes write a size such as/],
  ['cache: { maxBytes: 0 }', /cache\.maxBytes write a size above zero/],
  ['cache: { maxAge: 60 }', /cache\.maxAge write a duration such as/],
  ['cache: { maxAge: 0s }', /cache\.maxAge write a duration above zero/],
  ['shutdownGrace: 21d', /shutdownGrace write at most 20d: timers do not count further/],
  ['grpc: { limits: { maxConnectionAge: 30d } }', /grpc\.limits\.maxConnectionAge write at most 20d/],
  [
    'grpc: { limits: { maxMessageBytes: 32MiB } }',
    /grpc\.limits\.maxPendingBytesPerConnection write at least four times maxMessageBytes/,
  ],
  [
    'grpc: { limits: { maxPendingBytes: 32MiB } }',
    /grpc\.limits\.maxPendingBytes write at least maxPendingBytesPerConnection/,
  ],
  ['cache: { maxEntries: 1.5 }', /cache\.maxEntries write a whole number/],
  ['cache: { maxEntries: -1 }', /cache\.maxEntries write a number above zero/],
  ['cache: { shadow: { rate: 1.5 } }', /cache\.shadow\.rate write a number from 0 to 1/],
  ['cache: { shadow: { rate: 1% } }', /cache\.shadow\.rate write a number from 0 to 1/],
  ['cache: { shadow: { maxShare: -0.1 } }', /cache\.shadow\.maxShare write a number from 0 to 1/],
  ['cache: { enabled: "yes" }', /cache\.enabled write true or false, not text/],
  ['cache:', /cache write a map of keys and values, not nothing/],
  ['logging: { level: verbose }', /logging\.level write one of debug, info, warn, error, fatal, silent/],
  [
    'decisionLog: { sinks: [{ type: kafka }] }',
    /yaml:2:2\d: decisionLog\.sinks\[0\]\.type write stdout or file/,
  ],
  ['decisionLog: { sinks: [{ type: file }] }', /decisionLog\.sinks\[0\]\.path is required/],
  [
    'decisionLog: { mask: [token] }',
    /decisionLog\.mask\[0\] write a JSON pointer at or below \/input, \/result, /,
  ],
  ['runtime: { env: [A-B] }', /runtime\.env\[0\] name an environment variable/],
  ['dataApi: { policySet: shp }', /dataApi\.policySet "shp" is not in policySets; did you mean "shop"\?/],
  ['extAuthz: { policySet: shp }', /extAuthz\.policySet "shp" is not in policySets; did you mean "shop"\?/],
  ['extAuthz: { choices: { other: [a/b] } }', /extAuthz\.choices\.other "other" is not in policySets/],
  ['extAuthz: { choices: { shop: ["/a"] } }', /extAuthz\.choices\.shop\[0\] write a rule path/],
  [
    'extAuthz: { identityHeaders: [X-User] }',
    /extAuthz\.identityHeaders\[0\] write a header name in lower case/,
  ],
  [
    'extAuthz: { identityHeaders: [x_user] }',
    /extAuthz\.identityHeaders\[0\] write a header name in lower case/,
  ],
  ['extAuthz: { errorStatus: 200 }', /extAuthz\.errorStatus write a status of 400 or above/],
  ['extAuthz: { onError: allow }', /extAuthz\.onError/],
  ['keys: { a b: { file: a } }', /keys\.a b use letters, digits/],
  ['keys: { a: {} }', /keys\.a needs file or env/],
  ['keys: { a: { file: a, env: A } }', /keys\.a has both file and env/],
  ['keys: { a: { file: a, algorithm: none } }', /keys\.a\.algorithm write one of ES256/],
  [`clients: { a: { methods: [check] } }\n${MTLS}`, /clients\.a has nothing to be recognised by/],
  [
    `clients: { a: { dns: [a], policySets: [other] } }\n${MTLS}`,
    /clients\.a\.policySets\[0\] "other" is not in policySets; there are: shop/,
  ],
  [`clients: { a: { spiffe: ["https://x"] } }\n${MTLS}`, /clients\.a\.spiffe\[0\] write a SPIFFE ID/],
  [`clients: { a: { dns: [a], methods: [] } }\n${MTLS}`, /clients\.a\.methods name a method/],
  ['clients: { a: { dns: [a] } }', /clients cannot be recognised: no listener has tls with clientCaFile/],
  [`clients: {}\n${MTLS}`, /clients add a client, or leave clients out/],
  [
    'admin: { address: "unix:a", tls: { certFile: a, keyFile: b } }',
    /admin\.tls is not served on Unix sockets/,
  ],
];

test('each mistake names its place and what to write', async () => {
  for (const [yaml, message] of MISTAKES) {
    const text = await mistakes({ yaml: `${SETS}\n${yaml}` });
    assert.match(text, message, yaml);
    assert.match(text, /^one mistake/, `${yaml}\n${text}`);
  }
});

/** The policy sets themselves. */
const POLICY_SET_MISTAKES: [string, RegExp][] = [
  ['', /policySets is required/],
  ['policySets: {}', /policySets add a policy set with a bundle/],
  ['policySets: { shop: {} }', /policySets\.shop\.bundles is required/],
  ['policySets: { shop: { bundles: {} } }', /policySets\.shop\.bundles add a bundle/],
  [
    'policySets: { shop: { bundles: { p: { source: "file:a" } } } }',
    /bundles\.p says nothing about signatures/,
  ],
  [
    'policySets: { shop: { bundles: { p: { source: "file:a", unsigned: allow, verification: { keys: [k] } } } } }\nkeys: { k: { file: k } }',
    /bundles\.p\.unsigned contradicts verification/,
  ],
  [
    'policySets: { shop: { entrypoints: [a/b], bundles: { p: { source: "file:a", unsigned: allow } } } }\nextAuthz: { entrypoint: a/c }',
    /extAuthz\.entrypoint "a\/c" is not among the entrypoints of policySets\.shop/,
  ],
  [
    'policySets: { shop: { entrypoints: [a/b], bundles: { p: { source: "file:a", unsigned: allow } } } }\nextAuthz: { choices: { shop: [a/b, a/c] } }',
    /extAuthz\.choices\.shop\[1\] "a\/c" is not among the entrypoints of policySets\.shop/,
  ],
  [
    'policySets: { a: { bundles: { p: { source: "file:a", unsigned: allow } } }, b: { bundles: { p: { source: "file:a", unsigned: allow } } } }\nextAuthz: {}',
    /extAuthz must name its policySet, because there are several/,
  ],
  [
    'policySets: { shop: { bundles: { p: { source: "file:a", unsigned: true } } } }',
    /unsigned the only value is allow/,
  ],
  [
    'policySets: { shop: { bundles: { p: { source: "file:a", verification: { keys: [shpo] } } } } }\nkeys: { shop: { file: k } }',
    /yaml:1:\d+: policySets\.shop\.bundles\.p\.verification\.keys\[0\] "shpo" is not in keys; did you mean "shop"\?/,
  ],
  [
    'policySets: { shop: { bundles: { p: { source: "file:a", verification: { keys: [a], keyId: b } } } } }\nkeys: { a: { file: k }, b: { file: k } }',
    /verification\.keyId is not among verification\.keys/,
  ],
  [
    'policySets: { shop: { bundles: { p: { source: "file:a", verification: { keys: [] } } } } }',
    /verification\.keys name at least one of the keys/,
  ],
  [
    'policySets: { shop: { bundles: { p: { source: "s3://b/a", unsigned: allow } } } }',
    /s3 sources are not offered yet/,
  ],
  ['policySets: { shop: { bundles: { p: { unsigned: allow } } } }', /bundles\.p\.source is required/],
  [
    'policySets: { shop: { entrypoints: [a/b], defaultEntrypoint: a/c, bundles: { p: { source: "file:a", unsigned: allow } } } }',
    /defaultEntrypoint is not among the entrypoints/,
  ],
  [
    'policySets: { shop: { entrypoints: [data.a.b, /a], bundles: { p: { source: "file:a", unsigned: allow } } } }',
    /entrypoints\[1\] write a rule path with slashes/,
  ],
  [
    'policySets: { shop: { bundles: { p: &p { source: "file:a" }, p: *p } } }',
    /yaml:1:\d+: Map keys must be unique/,
  ],
  ['policySets: [', /yaml:\d+:\d+: .*\]/],
  [`${SETS}\n---\na: 1`, /multiple documents/],
  [`a: &a [1,1]\nb: &b [${'*a,'.repeat(60)}*a]\nc: [${'*b,'.repeat(60)}*b]`, /alias/],
];

test('each mistake in the policy sets or in the YAML is named', async () => {
  for (const [yaml, message] of POLICY_SET_MISTAKES) {
    const text = await mistakes({ yaml });
    assert.match(text, message, yaml);
    assert.match(text, /^one mistake/, `${yaml}\n${text}`);
  }
});

test('all mistakes are reported at once, from the file, the environment and the flags', async () => {
  const yaml = [
    'stateDri: /x',
    'cache:',
    '  maxBytes: lots',
    'policySets:',
    '  shop:',
    '    bundles:',
    '      policy: { source: "http://me:secret@host/a", verification: { keys: [nobody] } }',
  ].join('\n');
  const text = await mistakes({
    yaml,
    environment: { PORTCULLIS_LIMITS_MAX_BATCH: 'many' },
    set: ['logging.level=loud', 'grpc.limits.maxStreams=5'],
  });
  assert.match(text, /^7 mistakes in the configuration\n/);
  for (const expected of [
    /portcullis\.yaml:1:1: stateDri .*"stateDir"/,
    /portcullis\.yaml:3:3: cache\.maxBytes write a size/,
    /portcullis\.yaml:7:17: policySets\.shop\.bundles\.policy\.source http sources are not offered yet/,
    /portcullis\.yaml:7:\d+: policySets\.shop\.bundles\.policy\.verification\.keys\[0\] "nobody" is not in keys; there are none/,
    /PORTCULLIS_LIMITS_MAX_BATCH: limits\.maxBatch write a whole number/,
    /--set logging\.level: logging\.level write one of/,
    /--set grpc\.limits\.maxStreams: grpc\.limits\.maxStreams is not a known key/,
  ]) {
    assert.match(text, expected);
  }
  assert.doesNotMatch(text, /secret/);
});

test('a file that cannot be read is named', async () => {
  const readFile = (): Promise<string> => Promise.reject(new Error('no such file'));
  await assert.rejects(
    loadConfig({ file: 'x.yaml', environment: {}, cwd: '/work', readFile }),
    (error) =>
      error instanceof PortcullisError &&
      error.code === 'io_failed' &&
      error.message.includes('/work/x.yaml'),
  );
});
