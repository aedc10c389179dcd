// needs: opa
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isMainThread, Worker } from 'node:worker_threads';
import * as fc from 'fast-check';
import { policySet } from '../../../test/support/rego-module.ts';
import { until } from '../../../test/support/until.ts';
import { systemClock } from '../../clock.ts';
import { PortcullisError } from '../../errors.ts';
import { BUILTINS } from '../builtins/registry.ts';
import { createWasmEvaluator, type ServingInstances } from './evaluator.ts';
import { type HeapImage, IMAGE_CHUNK_BYTES, inPieces } from './heap-image.ts';

const NOW = { wallMs: 0, deadlineMs: Number.POSITIVE_INFINITY };
const sources = {
  rego: [
    'package t',
    'all := data.x',
    'found := data.x[input.key]',
    'keys := [k | data.x[k]]',
    'text := json.marshal(data.x)',
    'conflict := 1 if input.a',
    'conflict := 2 if input.b',
  ].join('\n'),
  entrypoints: ['t/all', 't/found', 't/keys', 't/text', 't/conflict'],
};
const set = await policySet(sources);
const options = { builtins: BUILTINS, clock: systemClock, spares: false };

const dataIn = (images: ReadonlyMap<string, HeapImage>): Uint8Array => {
  const { bytes, context, start } = images.get('policy')!;
  return bytes.subarray(0, context - start);
};

/** Of each entrypoint: JSON text, or the code of what it threw. */
function answers(
  evaluator: Awaited<ReturnType<typeof createWasmEvaluator>>,
  inputs: readonly unknown[],
  paths: readonly string[] = sources.entrypoints,
): (string | undefined)[] {
  return inputs.flatMap((input) =>
    paths.map((path) => {
      try {
        const evaluation = evaluator.evaluate(path, Buffer.from(JSON.stringify(input)), NOW);
        return 'json' in evaluation ? evaluation.json : 'later';
      } catch (thrown) {
        return (thrown as PortcullisError).code;
      }
    }),
  );
}

test('an instance of an image answers as one that read the data, also after it broke', async () => {
  const conflict = { a: true, b: true };
  await fc.assert(
    fc.asyncProperty(
      fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 8 }),
      fc.string(),
      async (x, key) => {
        const descriptor = { ...set, dataJson: Buffer.from(JSON.stringify({ x })) };
        const read = await createWasmEvaluator(descriptor, options);
        const images = read.images!();
        const copied = await createWasmEvaluator(
          { ...descriptor, dataJson: Buffer.from('null') },
          { ...options, images },
        );
        const inputs = [{ key }, ...Object.keys(x).map((each) => ({ key: each })), conflict, { key }];
        assert.deepEqual(answers(copied, inputs), answers(read, inputs));
        // What was asked meanwhile has left nothing in it, but in the context, which is set anew each time.
        assert.deepEqual(dataIn(read.images!()), dataIn(images));
      },
    ),
    { numRuns: 60 },
  );
});

test('data of several pieces is copied whole', async () => {
  const rows = Array.from({ length: 60_000 }, (_, row) => `row ${row}`);
  const descriptor = { ...set, dataJson: Buffer.from(JSON.stringify({ x: rows })) };
  const read = await createWasmEvaluator(descriptor, options);
  const images = read.images!();
  assert.ok(images.get('policy')!.bytes.length > 3 * IMAGE_CHUNK_BYTES);
  const copied = await createWasmEvaluator(descriptor, { ...options, images });
  assert.deepEqual(answers(copied, [{ key: 59_999 }]), answers(read, [{ key: 59_999 }]));
});

test('an image of another module, or one that does not fit, is refused', async () => {
  const rego = `package t\nlong := "${'x'.repeat(100_000)}"\nall := data.x`;
  const other = await policySet({ rego, entrypoints: ['t/all', 't/long'] });
  const images = (await createWasmEvaluator(set, options)).images!();
  const refused = async (creating: Promise<unknown>, code: string): Promise<void> =>
    assert.rejects(creating, (thrown) => thrown instanceof PortcullisError && thrown.code === code);
  await refused(createWasmEvaluator(other, { ...options, images }), 'bundle_data_invalid');
  await refused(
    createWasmEvaluator(set, { ...options, images, maxMemoryBytes: 65_536 }),
    'bundle_data_too_large',
  );
});

test('an image lies in memory that threads share', async () => {
  assert.ok(isMainThread);
  const { bytes } = (await createWasmEvaluator(set, options)).images!().get('policy')!;
  const code =
    "const { parentPort, workerData } = require('node:worker_threads'); parentPort.postMessage(workerData.buffer instanceof SharedArrayBuffer)";
  const worker = new Worker(code, { eval: true, workerData: bytes });
  assert.equal(await new Promise((resolve) => worker.once('message', resolve)), true);
  await worker.terminate();
});

/** Some 100,000 rows of it take more than what is copied. */
const largeData = (): Buffer => {
  const x = Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`key-${i}`, [`${i}`, i, { i }]]));
  return Buffer.from(JSON.stringify({ x }));
};

test('large data is given away with its memory, and the next instance answers alike, also after it broke', async () => {
  const descriptor = { ...set, dataJson: largeData() };
  const first = await createWasmEvaluator(descriptor, options);
  const inputs = [{ key: 'key-7' }, { a: true, b: true }, { key: 'none' }];
  const asked = (evaluator: typeof first): (string | undefined)[] =>
    inputs.flatMap((input) =>
      ['t/found', 't/conflict'].map((path) => {
        try {
          const evaluation = evaluator.evaluate(path, Buffer.from(JSON.stringify(input)), NOW);
          return 'json' in evaluation ? evaluation.json : 'later';
        } catch (thrown) {
          return (thrown as PortcullisError).code;
        }
      }),
    );
  const told = asked(first);
  const copied = first.images!();
  const given = first.images!(true);
  assert.equal(copied.get('policy')!.memory, undefined);
  assert.ok(given.get('policy')!.memory instanceof WebAssembly.Memory);
  assert.deepEqual(dataIn(given), dataIn(copied));
  const next = await createWasmEvaluator(descriptor, { ...options, images: given });
  assert.deepEqual(asked(next), told);
  assert.deepEqual(asked(next), told);
  // Whoever asks the one that gave its memory away gets one that has read the data anew.
  assert.deepEqual(asked(first), told);
  assert.deepEqual(asked(next), told);
  first.close();
  next.close();
});

test('small data is copied in any case', async () => {
  const evaluator = await createWasmEvaluator({ ...set, dataJson: Buffer.from('{"x":{}}') }, options);
  const image = evaluator.images!(true).get('policy')!;
  assert.equal(image.memory, undefined);
  assert.ok(image.bytes.buffer instanceof SharedArrayBuffer);
  evaluator.close();
});

/** What does not make the memory grow: far larger ones are not used again. */
const SMALL = ['t/found', 't/conflict'];

const piecesOf = (images: ReadonlyMap<string, HeapImage>): ReadonlyMap<string, HeapImage> =>
  new Map([...images].map(([bundle, image]) => [bundle, inPieces(image)]));

test('large data that comes in pieces is the same, and none of them is left', async () => {
  const descriptor = { ...set, dataJson: largeData() };
  const read = await createWasmEvaluator(descriptor, options);
  const whole = read.images!();
  const images = piecesOf(whole);
  const { bytes, pieces } = images.get('policy')!;
  assert.equal(bytes.length, 0);
  const closed = new Promise((resolve) => pieces!.once('close', resolve));
  const next = await createWasmEvaluator(descriptor, { ...options, images });
  await closed;
  assert.deepEqual(dataIn(next.images!()), dataIn(whole));
  assert.deepEqual(answers(next, [{ key: 'key-7' }], SMALL), answers(read, [{ key: 'key-7' }], SMALL));
});

test('a port is closed as well when its image is refused', async () => {
  const descriptor = { ...set, dataJson: largeData() };
  const images = piecesOf((await createWasmEvaluator(descriptor, options)).images!());
  const closed = new Promise((resolve) => images.get('policy')!.pieces!.once('close', resolve));
  const refused = createWasmEvaluator(descriptor, { ...options, images, maxMemoryBytes: 1024 * 1024 });
  await assert.rejects(refused, { code: 'bundle_data_too_large' });
  await closed;
});

test('what takes the place of another gets its memories, and gives them back when it is not taken', async (t) => {
  const serving: ServingInstances = new Map();
  const all = { ...options, spares: true, serving };
  const first = await createWasmEvaluator({ ...set, dataJson: largeData() }, all);
  const instances = (evaluator: typeof first): number => evaluator.memory!().instances;
  const both = (evaluator: typeof first): Promise<number> =>
    until(
      () => instances(evaluator),
      (count) => count === 2,
    );
  await both(first);
  const dataJson = Buffer.from(largeData().toString().replace('"key-7":["7"', '"key-7":["new"'));
  const other = await createWasmEvaluator({ ...set, dataJson }, options);
  const images = other.images!();
  const inputs = [{ key: 'key-7' }, { a: true, b: true }, { key: 'key-8' }];
  const [old, told] = [answers(first, inputs, SMALL), answers(other, inputs, SMALL)];
  assert.notDeepEqual(told, old);
  await both(first);

  const { Memory } = WebAssembly;
  let made = 0;
  WebAssembly.Memory = class extends Memory {
    constructor(limits: ConstructorParameters<typeof Memory>[0]) {
      super(limits);
      made++;
    }
  };
  t.after(() => {
    WebAssembly.Memory = Memory;
  });
  const refused = await createWasmEvaluator({ ...set, dataJson }, { ...all, images });
  assert.deepEqual([instances(first), instances(refused)], [1, 1]);
  refused.close();
  await both(first);
  assert.deepEqual(answers(first, inputs, SMALL), old);
  await both(first);

  const next = await createWasmEvaluator({ ...set, dataJson }, { ...all, images });
  assert.deepEqual([instances(first), instances(next)], [1, 1]);
  assert.deepEqual(answers(first, [{ key: 'key-7' }], SMALL), old.slice(0, SMALL.length));
  first.close();
  await both(next);
  // Also those of the spare, which comes in when the first breaks.
  for (let round = 0; round < 3; round++) assert.deepEqual(answers(next, inputs, SMALL), told);
  assert.equal(made, 0);
  next.close();
});

test('where the second module is refused, what the first one got goes back', async () => {
  const serving: ServingInstances = new Map();
  const all = { ...options, spares: true, serving };
  const dataJson = largeData();
  const first = await createWasmEvaluator({ ...set, dataJson }, all);
  const both = (): Promise<number> =>
    until(
      () => first.memory!().instances,
      (count) => count === 2,
    );
  await both();
  const image = (await createWasmEvaluator({ ...set, dataJson }, options)).images!().get('policy')!;
  const images = piecesOf(new Map([['policy', image]]));
  const second = inPieces({ ...image, start: image.start - 8 });
  const closed = new Promise((resolve) => second.pieces.once('close', resolve));
  const module = { ...set.modules[0]!, bundle: 'second', entrypoints: { 't/second': 0 } };
  const modules = [...set.modules, module];
  const refused = createWasmEvaluator(
    { ...set, dataJson, modules, entrypoints: [...set.entrypoints, 't/second'] },
    { ...all, images: new Map([...images, ['second', second]]) },
  );
  await assert.rejects(refused, { code: 'bundle_data_invalid' });
  await closed;
  assert.equal(serving.get('policy')!.length, 1);
  await both();
  first.close();
});
