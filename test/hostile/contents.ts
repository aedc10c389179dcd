import { Buffer } from 'node:buffer';
import type { BundleFile } from '../../src/bundle/bundle.ts';
import { tarGz } from '../raw-tar.ts';
import {
  type BuiltManifest,
  edited,
  type Good,
  packed,
  parse,
  type Row,
  signatureOf,
  signed,
  withManifest,
  withModule,
} from './forge.ts';

/** What a key holder may sign by mistake, and what a stranger may send instead of a bundle. */
export function hostileContents(good: Good): Row[] {
  const { files, key } = good;
  return [
    [
      'an unsigned delta over a signed snapshot',
      'bundle_delta',
      tarGz([{ name: '/patch.json', content: '{"data":[{"op":"upsert","path":"/admin","value":true}]}' }]),
    ],
    [
      'a delta beside the files',
      'bundle_delta',
      signed(good, [...files, { path: 'patch.json', bytes: Buffer.from('{"data":[]}') }]),
    ],
    [
      'no manifest',
      'bundle_manifest_missing',
      signed(
        good,
        files.filter(({ path }) => path !== '.manifest'),
      ),
    ],
    [
      'a manifest that is not JSON',
      'bundle_manifest_invalid',
      packed([...edited(files, '.manifest', () => Buffer.from('{')), signatureOf(files, key, {})]),
    ],
    [
      'a manifest with a key twice',
      'bundle_manifest_invalid',
      packed([
        ...edited(files, '.manifest', () => Buffer.from('{"roots":["a"],"roots":[""]}')),
        signatureOf(files, key, {}),
      ]),
    ],
    [
      'roots that are no list',
      'bundle_manifest_invalid',
      signed(
        good,
        withManifest(files, (it) => void Object.assign(it, { roots: 'shop' })),
      ),
    ],
    [
      'a sequence that is no number',
      'bundle_manifest_invalid',
      signed(
        good,
        withManifest(files, (it) => void Object.assign(it.metadata.portcullis, { sequence: '7' })),
      ),
    ],
    [
      'a second manifest',
      'bundle_manifest_invalid',
      signed(good, [...files, { path: 'sub/.manifest', bytes: Buffer.from('{}') }]),
    ],
    [
      'a file that OPA takes for a manifest',
      'bundle_manifest_invalid',
      signed(good, [...files, { path: 'x.manifest', bytes: Buffer.from('{}') }]),
    ],
    [
      'overlapping roots',
      'bundle_roots_overlap',
      signed(
        good,
        withManifest(files, (it) => it.roots.push(`${it.roots[0]}/below`)),
      ),
    ],
    [
      'data outside the roots',
      'bundle_outside_roots',
      signed(
        good,
        withManifest(files, (it) => void Object.assign(it, { roots: ['elsewhere'] })),
      ),
    ],
    [
      'a package outside the roots',
      'bundle_outside_roots',
      signed(good, [
        ...withManifest(files, narrowRoots(files)),
        { path: 'x.rego', bytes: Buffer.from('package elsewhere\n') },
      ]),
    ],
    [
      'the module missing',
      'bundle_module_missing',
      signed(
        good,
        files.filter(({ path }) => path !== 'policy.wasm'),
      ),
    ],
    [
      'a module that is not WebAssembly',
      'bundle_module_invalid',
      signed(good, withModule(files, Buffer.from('not wasm'))),
    ],
    [
      'another module than the manifest binds',
      'bundle_digest_mismatch',
      signed(
        good,
        edited(files, 'policy.wasm', (bytes) => Buffer.concat([bytes, Buffer.from([0, 1, 0])])),
      ),
    ],
    [
      'another plan than the manifest binds',
      'bundle_digest_mismatch',
      signed(
        good,
        edited(files, 'plan.json', (bytes) => Buffer.concat([bytes, Buffer.from(' ')])),
      ),
    ],
    [
      'the plan missing',
      'bundle_digest_mismatch',
      signed(
        good,
        files.filter(({ path }) => path !== 'plan.json'),
      ),
    ],
    [
      'module and plan not bound',
      'bundle_digest_unbound',
      signed(
        good,
        withManifest(files, (it) => void Reflect.deleteProperty(it.metadata, 'portcullis')),
      ),
    ],
    ['data defined twice', 'bundle_data_conflict', signed(good, conflicting(good))],
    [
      'data with a key twice',
      'bundle_data_invalid',
      packed([
        ...edited(files, good.dataPath, () => Buffer.from('{"a":1,"a":2}')),
        signatureOf(files, key, {}),
      ]),
    ],
    [
      'data that is no object',
      'bundle_data_invalid',
      signed(good, [
        ...files.filter(({ path }) => path !== 'data.json'),
        { path: 'data.json', bytes: Buffer.from('[]') },
      ]),
    ],
    [
      'an entrypoint named twice',
      'bundle_entrypoint_conflict',
      signed(
        good,
        withManifest(files, ({ metadata: { portcullis } }) =>
          portcullis.entrypoints.push(portcullis.entrypoints[0] as string),
        ),
      ),
    ],
  ];
}

/** Well signed and well formed: refused for what is active already, or for what the module turns out to be. */
export function hostileActivations(good: Good): Row[] {
  const { files } = good;
  return [
    [
      'an older sequence number',
      'bundle_sequence_rollback',
      signed(
        good,
        withManifest(files, (it) => void (it.metadata.portcullis.sequence -= 1)),
      ),
    ],
    [
      'a module that does not compile',
      'bundle_module_invalid',
      signed(good, withModule(files, Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 0xff]))),
    ],
    [
      'an entrypoint that the module lacks',
      'bundle_entrypoint_unknown',
      signed(
        good,
        withManifest(
          files,
          (it) =>
            void it.metadata.portcullis.entrypoints.push(
              `${it.metadata.portcullis.entrypoints[0]}_not_there`,
            ),
        ),
      ),
    ],
    [
      'decision vectors that are not JSON',
      'bundle_vectors_invalid',
      signed(good, [
        ...files.filter(({ path }) => path !== 'vectors.json'),
        { path: 'vectors.json', bytes: Buffer.from('{') },
      ]),
    ],
  ];
}

/** Roots that hold the entrypoints and each top-level member of the data, but not everything. */
function narrowRoots(files: readonly BundleFile[]): (manifest: BuiltManifest) => void {
  const data = files
    .filter(({ path }) => /(?:^|\/)data\.(?:json|ya?ml)$/.test(path))
    .flatMap(({ path, bytes }) =>
      path === 'data.json' ? Object.keys(parse(bytes)) : [path.split('/')[0] as string],
    );
  return (manifest) => {
    const tops = manifest.metadata.portcullis.entrypoints.map(
      (entrypoint) => entrypoint.split('/')[0] as string,
    );
    manifest.roots = [...new Set([...tops, ...data])];
  };
}

/** A second file that defines the first member of the data file again. */
function conflicting({ files, dataPath }: Good): BundleFile[] {
  const data = files.find(({ path }) => path === dataPath) as BundleFile;
  const [key] = Object.keys(parse(data.bytes));
  const again = {
    path: dataPath.replace(/json$/, 'yml'),
    bytes: Buffer.from(`${JSON.stringify(key)}: again\n`),
  };
  return [...files, again];
}
