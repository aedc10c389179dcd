import assert from 'node:assert/strict';
import { test } from 'node:test';
import { activate, descriptor, evaluation, footprint, question, setUp } from '../../test/support/engine.ts';
import { systemClock } from '../clock.ts';
import type { Config } from '../config/schema.ts';
import { Engine } from '../decision/engine.ts';
import { shadowVerifier } from './shadow.ts';

/** Echoes what it is given; the footprint forgets all but the user. */
async function caught(mask: readonly string[], extAuthz = false): Promise<Record<string, unknown>> {
  const { plane } = await setUp((_entrypoint, input) => evaluation(`{"allowed":true,"headers":${input}}`));
  await activate(plane, descriptor('shop', { footprints: new Map([['a/allow', footprint('user')]]) }));
  const lines: [Record<string, unknown>, string][] = [];
  const logger = { error: (...line: unknown[]) => lines.push(line as (typeof lines)[0]) };
  const config = {
    cache: { shadow: { rate: 1, maxShare: 1 } },
    decisionLog: { mask },
    policySets: { shop: {} },
    extAuthz: extAuthz ? {} : undefined,
  } as unknown as Config;
  const shadow = shadowVerifier(config, logger as never, systemClock);
  const engine = new Engine(plane, [], systemClock, { shadow });
  const json = '{"user":"ann","authorization":"Bearer topsecret","tokens":{"topsecret":1}}';
  const { id } = await engine.decide(question({ json }), Infinity);
  await shadow.idle();
  assert.equal(lines.length, 1);
  const [fields, message] = lines[0]!;
  assert.match(message, /differs from that of the whole input/);
  assert.deepEqual(
    [
      fields['policy_set'],
      fields['entrypoint'],
      fields['decision_id'],
      fields['cached'],
      fields['difference'],
    ],
    ['shop', 'a/allow', id, false, 'value'],
  );
  assert.match(String(fields['key_digest']), /^[0-9a-f]{64}$/);
  return fields;
}

test('a wrong answer is an error in the log, with places instead of values', async () => {
  const fields = await caught([]);
  assert.deepEqual(fields['places'], ['/headers/authorization', '/headers/tokens']);
  assert.ok(!JSON.stringify(fields).includes('topsecret'));
});

test('names within what the decision log masks are not told', async () => {
  const fields = await caught(['/result/headers', '/input/user']);
  assert.deepEqual(fields['places'], ['/headers']);
  assert.deepEqual((await caught(['/result']))['places'], ['']);
  const envoy = await caught([], true);
  assert.deepEqual(envoy['places'], ['/headers/authorization', '/headers/tokens']);
});
