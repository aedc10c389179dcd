import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EvaluationContext } from '../evaluation-context.ts';
import { invokeBuiltin } from '../invoke-builtin.ts';
import type { RegoValue } from '../value.ts';
import type { HttpAnswer, NetworkReply } from './access.ts';
import { httpSend } from './http-send.ts';
import { withoutSecrets } from './record.ts';

const object = (fields: Readonly<Record<string, RegoValue>>): RegoValue =>
  new Map<RegoValue, RegoValue>(Object.entries(fields));

const ANSWER: HttpAnswer = {
  kind: 'http',
  status: '200 OK',
  statusCode: 200,
  headers: [
    ['content-type', ['application/json']],
    ['set-cookie', ['session=SECRET']],
  ],
  body: Buffer.from('{"access_token":"SECRET"}'),
};

function contextWith(reply: NetworkReply): EvaluationContext {
  const context = new EvaluationContext({
    randomBytes: (size) => new Uint8Array(size),
    runtime: new Map(),
    onPrint: () => {},
    network: { call: () => reply },
  });
  context.begin(0);
  return context;
}

const REQUEST = object({
  method: 'post',
  url: 'https://user:SECRET@api.example/token?key=SECRET',
  headers: object({ Authorization: 'SECRET', 'X-Api-Key': 'SECRET', accept: 'application/json' }),
  body: object({ password: 'SECRET' }),
  tls_client_key: 'SECRET',
});

test('a record shows which request was made and how it was answered, but no secrets', () => {
  const context = contextWith(ANSWER);
  invokeBuiltin(context, httpSend, [REQUEST], () => []);
  const { nonDeterministic, effects } = context.evaluation(undefined);
  assert.deepEqual(effects, ['network']);
  const text = JSON.stringify(nonDeterministic);
  assert.doesNotMatch(text, /SECRET/);
  for (const shown of ['api.example/token', 'X-Api-Key', 'application/json', '200 OK', 'raw_body_sha256']) {
    assert.ok(text.includes(shown), shown);
  }
});

test('nor do messages of errors', () => {
  const message = 'Post "https://user:SECRET@api.example/token?key=SECRET": EOF';
  const context = contextWith({ kind: 'failure', reason: 'network', message });
  invokeBuiltin(context, httpSend, [REQUEST], () => []);
  const quiet = new Map(REQUEST as Map<RegoValue, RegoValue>).set('raise_error', false);
  invokeBuiltin(context, httpSend, [quiet], () => []);
  const { nonDeterministic, builtinErrors } = context.evaluation(undefined);
  assert.match(builtinErrors.join(), /http\.send: Post .*api\.example\/token.*: EOF$/);
  assert.doesNotMatch(JSON.stringify([nonDeterministic, builtinErrors]), /SECRET/);
});

/** Messages with URLs that cannot be read, or not by who looks for their ends: what is left of them. */
const MESSAGES: readonly (readonly [message: string, shown: string])[] = [
  ['parse "http://u:SEC RET@h.example/": x', 'parse "http://(redacted)@h.example/": x'],
  ['parse "http://u:SEC\\"RET@h.example/?a": x', 'parse "http://(redacted)@h.example/?(redacted)": x'],
  [
    'parse "http://u:SEC/RET@h.example": invalid port ":SEC" after host',
    'parse "(redacted)": invalid port "(redacted)" after host',
  ],
  ['Get "http:u:SECRET@h.example/": http: no Host', 'Get "(redacted)": http: no Host'],
  ['Get "//u:SECRET@h.example": no scheme ""', 'Get "(redacted)": no scheme ""'],
  ['Get "https://h.example/a?t=SEC RET": EOF', 'Get "https://h.example/a?(redacted)": EOF'],
  [
    'Get https://h.example:8443/a?t=SEC RET: request timed out',
    'Get https://h.example:8443/a?(redacted): request timed out',
  ],
  ['Get "https://[2001:db8::1]/users/@me": EOF', 'Get "https://[2001:db8::1]/users/@me": EOF'],
  ['invalid value for "cache" field', 'invalid value for "cache" field'],
];

for (const [message, shown] of MESSAGES) {
  test(`what is shown of: ${message}`, () => assert.equal(withoutSecrets(message), shown));
}

test('requests that differ only in what is not shown have records of their own', () => {
  const context = contextWith(ANSWER);
  const calls = ['one', 'two', 'one'].map((body) =>
    new Map(REQUEST as Map<RegoValue, RegoValue>).set('body', body),
  );
  let count = 0;
  const counting = { call: (): NetworkReply => ({ ...ANSWER, body: Buffer.from(`${count++}`) }) };
  Object.assign(context, { network: counting });
  for (const call of calls) invokeBuiltin(context, httpSend, [call], () => []);
  const { nonDeterministic } = context.evaluation(undefined);
  assert.equal(Object.keys(nonDeterministic!['http.send'] as object).length, 2);
});

test('without a network the evaluation fails', () => {
  const context = new EvaluationContext({
    randomBytes: (size) => new Uint8Array(size),
    runtime: new Map(),
    onPrint: () => {},
  });
  context.begin(0);
  assert.equal(
    invokeBuiltin(context, httpSend, [REQUEST], () => []),
    undefined,
  );
  assert.match(context.failure!.message, /http\.send cannot wait for the network here/);
});
