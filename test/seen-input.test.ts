/** What a log of what is seen shows of decisions of all kinds, and that each sink shows what it is configured for. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { openDecisionLogs } from '../src/app/observability.ts';
import { jsonBytesView, jsonValueView, NO_INPUT_VIEW } from '../src/decision/json-view.ts';
import { seenInput } from '../src/decision/seen-input.ts';
import { PortcullisError } from '../src/errors.ts';
import { maskTree } from '../src/json/mask-tree.ts';
import { maskedText } from '../src/json/masked-text.ts';
import type { DecisionEvent } from '../src/observe/decision-event.ts';
import { FULL } from '../src/policy/plan/footprint.ts';
import { compileProjector } from '../src/policy/projection/projector.ts';
import { load, SETS } from './support/config.ts';
import { activate, descriptor, evaluation, footprint, question, setUp } from './support/engine.ts';
import { jsonDocument, keyName, readTree } from './support/projection-arbitraries.ts';

/** The policy reads `suspended` as well, which its footprint forgets. */
const POLICY = (_entrypoint: string, input: string | undefined) =>
  evaluation(`{"allowed":${!String(input).includes('suspended')}}`);
const FORGETFUL = descriptor('shop', { footprints: new Map([['a/allow', footprint('user')]]) });
const SECRET = '"suspended":true,"ssn":"SECRET"';

const seenOf = (event: DecisionEvent): unknown => {
  const seen = event.seenInput();
  return [JSON.stringify(seen.document()), seen.extent];
};
const ANN = ['{"user":"ann"}', 'seen'];

test('a log of what is seen has the footprint’s part of every input, and only that', async () => {
  const bench = await setUp(POLICY, ['shop'], { rate: 1 });
  await activate(bench.plane, FORGETFUL);
  const ask = async (parts: Parameters<typeof question>[0] = {}) => {
    await bench.engine.decide(question({ json: `{"user":"ann",${SECRET}}`, ...parts }), Infinity);
    return bench.events.at(-1)!;
  };
  const verified = async (json: string) => {
    const event = await ask({ json });
    await bench.shadow.idle();
    return event;
  };
  const first = await verified('{"user":"ann"}');
  assert.deepEqual([seenOf(first), first.cached], [ANN, false]);
  const cached = await verified('{"user":"ann","ssn":"SECRET"}');
  assert.deepEqual([seenOf(cached), cached.cached], [ANN, true]);

  const refused = await ask({ refusal: new PortcullisError('invalid_request', 'refused') });
  assert.deepEqual([seenOf(refused), refused.status], [ANN, 'input_invalid']);
  assert.deepEqual(seenOf(await ask({ entrypoint: 'a/none' })), [undefined, 'seen']);
  assert.deepEqual(seenOf(await ask({ policySet: 'none' })), [undefined, 'seen']);
  assert.deepEqual(seenOf(await ask({ input: NO_INPUT_VIEW })), [undefined, 'whole']);
  await bench.engine.decideAll([question({ json: `{"user":"ann",${SECRET}}` })], Infinity, () => false);
  assert.deepEqual(seenOf(bench.events.at(-1)!), ANN);

  await verified(`{"user":"ann",${SECRET}}`);
  const distrusted = await ask();
  assert.deepEqual([seenOf(distrusted), distrusted.distrusted], [ANN, true]);
});

test('each sink shows of an input what it is configured for', async () => {
  const bench = await setUp(POLICY);
  await activate(bench.plane, FORGETFUL);
  const input = jsonBytesView(Buffer.from('{"user":"ann","ssn":"SECRET"}'), { maxBytes: 100, maxDepth: 9 });
  await bench.engine.decide(question({ input }), Infinity);
  const sinks = 'decisionLog: { sinks: [{ type: stdout, input: seen }, { type: stdout }] }';
  const { config } = await load({ yaml: `${SETS}\n${sinks}` });
  const written: string[] = [];
  const opened: string[] = [];
  const logs = openDecisionLogs(config, {}, { error: assert.fail }, () => {
    const at = opened.push('') - 1;
    return {
      write: async (bytes, from) => {
        written[at] = Buffer.from(bytes.subarray(from)).toString();
        return bytes.length - from;
      },
      reopen: async () => false,
      close: async () => {},
    };
  });
  for (const log of logs) log.write(bench.events[0]!);
  for (const log of logs) await log.close();
  const inputs = written.map((line) => (JSON.parse(line) as { input: unknown }).input);
  assert.deepEqual(inputs, [{ user: 'ann' }, { user: 'ann', ssn: 'SECRET' }]);
});

/** The pointers to all that is in a document. */
function placesIn(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  const here = path.length === 0 ? [] : [path];
  if (typeof value !== 'object' || value === null) return here;
  const below = Object.entries(value).map(([name, inside]) => placesIn(inside, path.concat(name)));
  return here.concat(below.flat());
}

test('what a mask names is cut out of what is seen wherever it is there, and nothing else is', () => {
  const found = { there: 0, elsewhere: 0 };
  const copied = (text: ReturnType<typeof maskedText>) =>
    text && { text: text.text && String(Buffer.from(text.text)), erased: text.erased };
  const pointers = fc.array(fc.array(keyName, { minLength: 1, maxLength: 3 }), { maxLength: 3 });
  fc.assert(
    fc.property(readTree, jsonDocument, pointers, (tree, document, others) => {
      const projector = compileProjector(tree);
      fc.pre((projector.tree.reads & FULL) === 0);
      const { json } = projector.project(document);
      if (json === undefined) return;
      const masks = [...placesIn(JSON.parse(String(Buffer.from(json)))).map((place) => [place]), others];
      for (const places of masks) {
        const mask = maskTree(places);
        const wanted = copied(maskedText(json, mask));
        const given = copied(
          seenInput(
            jsonValueView(() => document, 9),
            projector,
          ).maskedText!(mask),
        );
        // What is unusual is left to the parser, where there may be something to cut out.
        if (wanted === undefined) continue;
        assert.deepEqual(given, wanted);
        found[wanted.erased.length > 0 ? 'there' : 'elsewhere']++;
      }
    }),
    { numRuns: 6000 },
  );
  assert.ok(found.there > 1000 && found.elsewhere > 300, JSON.stringify(found));
});
