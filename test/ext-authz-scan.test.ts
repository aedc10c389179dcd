import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import * as fc from 'fast-check';
import { CheckRequestSchema } from '../src/gen/envoy/service/auth/v3/external_auth_pb.ts';
import { parseJson } from '../src/json/parse.ts';
import type { JsonObject } from '../src/json/value.ts';
import { footprintsOf } from '../src/policy/plan/footprint/footprints-of.ts';
import { FULL } from '../src/policy/plan/footprint.ts';
import { readPlan } from '../src/policy/plan/read-plan.ts';
import type { Projector } from '../src/policy/projection/projection.ts';
import { compileProjector, WHOLE_PROJECTOR } from '../src/policy/projection/projector.ts';
import { CheckView } from '../src/services/ext-authz/check-view.ts';
import { DecodedView } from '../src/services/ext-authz/decoded-view.ts';
import { compareReadings } from './support/check-comparison.ts';
import { changed, checkMessage, randomOf } from './support/check-mutations.ts';
import { checkTree } from './support/check-trees.ts';
import { demoBundle } from './support/demo-bundle.ts';
import { tree } from './support/hand-made-footprint.ts';
import { readTree } from './support/projection-arbitraries.ts';
import { wireMessages } from './support/wire-messages.ts';

/*
 * The scan of a CheckRequest means what the decoder means: it refuses the same messages with the same words, and shows every
 * policy the same input under the same key. What one of them read differently would be a way past the policy.
 */

const OPTIONS = { limits: { maxBytes: 65_536, maxDepth: 32 }, parseBody: true, grpc: undefined };
/** At the depth that the messages need, and below; with a size that some exceed. */
const NARROW = [
  { limits: { maxBytes: 65_536, maxDepth: 7 }, parseBody: false, grpc: undefined },
  { limits: { maxBytes: 20_000, maxDepth: 6 }, parseBody: true, grpc: undefined },
];

test('messages of all kinds, also broken ones, read and projected as by the decoder', () => {
  const random = randomOf(20_261_122);
  const seen = { refused: 0, decoded: 0, scanned: 0 };
  let projectors: Projector[] = [];
  for (let run = 0; run < 4000; run++) {
    if (run % 40 === 0) projectors = Array.from({ length: 8 }, () => compileProjector(checkTree(random)));
    const whole = checkMessage(random, [0, 0, 3, 10][random(4)]!);
    const message = random(2) === 0 ? changed(whole, random) : whole;
    const options = random(10) === 0 ? NARROW[random(2)]! : OPTIONS;
    const three = [projectors[random(8)]!, projectors[random(8)]!, WHOLE_PROJECTOR].slice(random(2));
    try {
      seen[compareReadings(message, three, options)]++;
    } catch (cause) {
      throw new Error(`run ${run}: ${Buffer.from(message).toString('hex')}`, { cause });
    }
  }
  assert.ok(seen.refused > 500 && seen.decoded > 200 && seen.scanned > 1000, JSON.stringify(seen));
});

test('whatever the descriptor allows, in any order and repeated, under any tree', () => {
  fc.assert(
    fc.property(wireMessages(CheckRequestSchema), readTree, (message, reads) => {
      compareReadings(message, [compileProjector(reads), WHOLE_PROJECTOR], OPTIONS);
    }),
    { numRuns: 500 },
  );
});

test('a message that is cut off, or changed in one byte, at each place', () => {
  const random = randomOf(7);
  const projectors = [compileProjector(checkTree(random)), WHOLE_PROJECTOR];
  const message = checkMessage(random, 0);
  assert.ok(message.length > 300);
  for (let at = 0; at < message.length; at++) {
    compareReadings(message.subarray(0, at), projectors, OPTIONS);
    for (const bits of [1, 2, 4, 0x80, 0xff]) {
      const other = Uint8Array.from(message);
      other[at]! ^= bits;
      compareReadings(other, projectors, OPTIONS);
    }
  }
});

/** What Envoy sends, with nothing that is odd. */
const ordinary = (count: number): Uint8Array[] => {
  const random = randomOf(5);
  const messages = Array.from({ length: count * 2 }, () => checkMessage(random, 0));
  return messages.filter((message) => new CheckView(message, OPTIONS).isScanned).slice(0, count);
};

test('what the demo reads of ordinary requests is never decoded', async () => {
  const { descriptor } = await demoBundle();
  const footprints = footprintsOf(
    readPlan(descriptor.modules[0]!.plan!),
    parseJson(descriptor.dataJson) as JsonObject,
  );
  const messages = ordinary(200);
  assert.equal(messages.length, 200);
  const decoded = mock.method(DecodedView.prototype, 'project');
  try {
    for (const entrypoint of ['gateway/authz/decision', 'mesh/authz/decision']) {
      const projector = compileProjector(footprints.get(entrypoint)!.input);
      for (const message of messages) {
        const before = decoded.mock.callCount();
        const view = new CheckView(message, OPTIONS);
        try {
          view.project(projector);
          assert.equal(decoded.mock.callCount(), before, entrypoint);
        } catch (thrown) {
          // Why a part cannot be built, the decoder says.
          assert.equal((thrown as { name: string }).name, 'PortcullisError');
        }
      }
    }
  } finally {
    decoded.mock.restore();
  }
});

test('what all footprints of the demo see, as by the decoder', async () => {
  const { descriptor } = await demoBundle();
  const footprints = footprintsOf(
    readPlan(descriptor.modules[0]!.plan!),
    parseJson(descriptor.dataJson) as JsonObject,
  );
  const projectors = [...footprints.values()].map(({ input }) => compileProjector(input));
  const random = randomOf(9);
  for (let run = 0; run < 300; run++) compareReadings(checkMessage(random, run % 8), projectors, OPTIONS);
});

test('keys are equal where the projections are, and nowhere else', () => {
  const random = randomOf(3);
  const projectors = Array.from({ length: 20 }, () => compileProjector(checkTree(random)));
  for (const projector of projectors) {
    const jsonByKey = new Map<string, string>();
    const keyByJson = new Map<string, string>();
    for (let run = 0; run < 60; run++) {
      const view = new CheckView(checkMessage(random, 0), OPTIONS);
      let projection: ReturnType<CheckView['project']>;
      try {
        projection = view.project(projector);
      } catch {
        continue;
      }
      const { key } = projection;
      const json = Buffer.from(projection.json!).toString();
      assert.equal(jsonByKey.get(key) ?? json, json);
      assert.equal(keyByJson.get(json) ?? key, key);
      jsonByKey.set(key, json);
      keyByJson.set(json, key);
    }
  }
});

test('views that take turns keep apart what they read', () => {
  const projector = compileProjector(tree({ 'attributes.request.http.headers': FULL, parsed_query: FULL }));
  const messages = ordinary(2).map((message) => Buffer.from(message));
  const [first, second] = messages.map((message) => new CheckView(message, OPTIONS)) as [
    CheckView,
    CheckView,
  ];
  const projections = [first.project(projector), second.project(projector), first.project(projector)];
  const names = [first.headerNames(), second.headerNames(), first.headerNames()];
  const alone = messages.map((message) => new CheckView(message, OPTIONS).project(projector));
  assert.deepEqual(
    projections.map(({ key, json }) => [key, String(json)]),
    [alone[0]!, alone[1]!, alone[0]!].map(({ key, json }) => [key, String(json)]),
  );
  assert.notDeepEqual(names[0], names[1]);
  assert.deepEqual(names[0], names[2]);
});
