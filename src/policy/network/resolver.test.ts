import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Resolver } from './resolver.ts';

/** A resolver whose look-ups end when they are told to, and the names that were asked. */
function silent(): { resolver: Resolver; asked: string[]; answer: (name: string) => void } {
  const asked: string[] = [];
  const answers = new Map<string, () => void>();
  const resolver = new Resolver((name) => {
    asked.push(name);
    return new Promise((resolve) => answers.set(name, () => resolve([`${name} answered`])));
  });
  return { resolver, asked, answer: (name) => answers.get(name)!() };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const { signal: never } = new AbortController();

test('a name that nobody waits for any longer is not looked up, and holds up no other', async () => {
  const { resolver, asked, answer } = silent();
  const first = [resolver.addresses('a', never), resolver.addresses('b', never)];
  const gone = new AbortController();
  const given = [resolver.addresses('c', gone.signal), resolver.addresses('c', gone.signal)];
  const fourth = resolver.addresses('d', never);
  gone.abort();
  await Promise.all(given.map((one) => assert.rejects(one)));
  answer('a');
  await turn();
  assert.deepEqual(asked, ['a', 'b', 'd']);
  const again = resolver.addresses('c', never);
  answer('b');
  await turn();
  answer('c');
  answer('d');
  assert.deepEqual(await Promise.all([...first, fourth, again]), [
    ['a answered'],
    ['b answered'],
    ['d answered'],
    ['c answered'],
  ]);
});

test('a look-up that was begun is shared, also when the one that began it has gone', async () => {
  const { resolver, asked, answer } = silent();
  const gone = new AbortController();
  const given = resolver.addresses('a', gone.signal);
  await turn();
  gone.abort();
  await assert.rejects(given);
  const other = resolver.addresses('a', never);
  answer('a');
  assert.deepEqual([await other, asked], [['a answered'], ['a']]);
});
