import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type HeaderPlace, nameProblem, valueProblem } from './header-rules.ts';

const PLACES: readonly HeaderPlace[] = ['request', 'removal', 'response', 'denial'];

test('names that are refused everywhere', () => {
  const table: readonly (readonly [name: string, problem: RegExp])[] = [
    [':path', /pseudo-header/],
    [':authority', /pseudo-header/],
    [':status', /pseudo-header/],
    ['', /not the name/],
    ['x user', /not the name/],
    ['x-user:', /not the name/],
    ['x-usér', /not the name/],
    ['x-user\r\n', /not the name/],
    ['x\0', /not the name/],
    ['(x)', /not the name/],
    ['host', /leave it to Envoy/],
    ['content-length', /leave it to Envoy/],
    ['transfer-encoding', /leave it to Envoy/],
    ['connection', /leave it to Envoy/],
    ['keep-alive', /leave it to Envoy/],
    ['proxy-connection', /leave it to Envoy/],
    ['te', /leave it to Envoy/],
    ['trailer', /leave it to Envoy/],
    ['upgrade', /leave it to Envoy/],
    ['http2-settings', /leave it to Envoy/],
  ];
  for (const [name, problem] of table) {
    for (const place of PLACES) assert.match(nameProblem(name, place) ?? '', problem, `${name} in ${place}`);
  }
});

test('names by which Envoy speaks for itself are refused where they would be believed', () => {
  const table: readonly (readonly [name: string, refusedIn: readonly HeaderPlace[]])[] = [
    ['x-envoy-internal', ['request']],
    ['x-envoy-original-path', ['request']],
    ['x-envoy-original-dst-host', ['request']],
    ['x-envoy-auth-partial-body', ['request']],
    ['x-envoy-immediate-health-check-fail', ['response', 'denial']],
    ['x-envoy-degraded', ['response', 'denial']],
    ['x-envoy-upstream-rq-timeout-ms', []],
    ['x-user', []],
    ['x_user', []],
    ['x_envoy-internal', ['request']],
    ['content_length', ['request', 'response', 'denial']],
    ['set-cookie', []],
    ['authorization', []],
    ["!#$%&'*+-.^_`|~09az", []],
  ];
  for (const [name, refusedIn] of table) {
    assert.deepEqual(
      PLACES.filter((place) => nameProblem(name, place) !== undefined),
      refusedIn,
      name,
    );
  }
});

test('values', () => {
  for (const value of ['', 'a', 'a b\tc', '"~!', 'é', '\u{1f600}', '\u0080']) {
    assert.equal(valueProblem(value), undefined, JSON.stringify(value));
  }
  for (const value of ['a\rb', 'a\nb', 'a\0', '\x01', '\x1f', '\x7f', '\ud800', 'a\udc00b']) {
    const problem = valueProblem(value);
    assert.ok(problem !== undefined && !problem.includes(value), JSON.stringify(value));
  }
});
