import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Effect } from '../builtins/builtin.ts';
import type { Evaluation, EvaluationTime } from '../evaluator.ts';
import { Flights } from './flights.ts';

const TIME: EvaluationTime = { wallMs: 0, deadlineMs: Infinity };
const QUESTION = { entrypoint: 't/p', inputJson: Buffer.from('{}') };

/** Flights over evaluations that end when they are told to; `under` are those that have not. */
function flights(): {
  asked: Flights;
  under: ((effects: readonly Effect[]) => void)[];
  joined: () => number;
} {
  const under: ((effects: readonly Effect[]) => void)[] = [];
  let joined = 0;
  const begin = (): Promise<Evaluation> =>
    new Promise((resolve) => {
      under.push((effects) => resolve(evaluation(effects)));
    });
  const clock = { wallMs: () => 0, monotonicMs: () => 0 };
  return { asked: new Flights(begin, clock, () => joined++), under, joined: () => joined };
}

function evaluation(effects: readonly Effect[]): Evaluation {
  const always = { validFromMs: -Infinity, validUntilMs: Infinity };
  return { json: 'true', ...always, effects, nonDeterministic: undefined, builtinErrors: [] };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('those who cannot share an answer are evaluated at once, not one after the other', async () => {
  const { asked, under } = flights();
  const answers = Promise.all(Array.from({ length: 4 }, () => asked.ask(QUESTION, TIME)));
  assert.equal(under.length, 1);
  under[0]!(['network']);
  await turn();
  assert.equal(under.length, 4);
  for (const end of under) end(['network']);
  assert.equal((await answers).length, 4);
});

test('who asks where answers are not shared does not wait for another, until they are', async () => {
  const { asked, under, joined } = flights();
  const first = asked.ask(QUESTION, TIME);
  under[0]!(['clock']);
  await first;
  const others = [asked.ask(QUESTION, TIME), asked.ask(QUESTION, TIME)];
  assert.equal(under.length, 3);
  assert.equal(asked.join(QUESTION, TIME), undefined);
  for (const end of under) end([]);
  await Promise.all(others);
  const together = [asked.ask(QUESTION, TIME), asked.ask(QUESTION, TIME)];
  assert.deepEqual([under.length, joined()], [4, 1]);
  under[3]!([]);
  await Promise.all(together);
});
