import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from '../../clock.ts';
import type { PolicySetDescriptor } from '../descriptor.ts';
import type { Evaluation, Evaluator } from '../evaluator.ts';
import { COMPARED, type Footprint, type ReadTree } from '../plan/footprint.ts';
import { provePolicySet } from './prove-policy-set.ts';

const SEEN: ReadTree = { reads: 0, children: new Map([['seen', { reads: COMPARED }]]) };

const footprint: Footprint = {
  input: SEEN,
  data: { reads: 0 },
  effects: new Map(),
  clock: 'unread',
  fullReads: [],
};

const answer = (value: boolean): Evaluation => ({
  json: String(value),
  validFromMs: Number.NEGATIVE_INFINITY,
  validUntilMs: Number.POSITIVE_INFINITY,
  effects: [],
  nonDeterministic: undefined,
  builtinErrors: [],
});

test('an entrypoint that takes long leaves the others their share of the time', async () => {
  let nowMs = 0;
  const clock: Clock = { wallMs: () => 0, monotonicMs: () => nowMs };
  // Sees a key that its footprint does not have.
  const answers: Evaluator = {
    evaluate: (path, input) => {
      nowMs += path === 'slow' ? 45 : 0.1;
      const document: unknown = input === undefined ? undefined : JSON.parse(Buffer.from(input).toString());
      const seen = typeof document === 'object' && document !== null && 'seen' in document;
      return answer(path === 'quick' && seen && document.seen === 'x');
    },
    close: () => {},
  };
  const forgetful: Footprint = {
    ...footprint,
    input: { reads: 0, children: new Map([['seen', { reads: 0 }]]) },
  };
  const descriptor: PolicySetDescriptor = {
    name: 'set',
    modules: [
      {
        bundle: 'policy',
        module: new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)),
        digest: '',
        memoryPages: { minimum: 0, maximum: undefined },
        entrypoints: { slow: 0, quick: 1 },
        builtins: {},
      },
    ],
    dataJson: Buffer.from('{}'),
    entrypoints: ['slow', 'quick'],
    defaultEntrypoint: undefined,
    policyDigest: 'digest',
    dataDigest: '',
    revisions: {},
    activatedAtMs: 0,
    footprints: new Map([
      ['slow', footprint],
      ['quick', forgetful],
    ]),
  };
  const planned = (): never => {
    throw new TypeError('there is no plan');
  };
  const proved = provePolicySet(
    { descriptor, seenData: new Map(), evaluators: { answers, planned }, clock },
    [],
  );
  await assert.rejects(proved, { code: 'bundle_footprint_wrong', message: /^quick, / });
});
