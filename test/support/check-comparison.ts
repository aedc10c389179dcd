/** What the scan makes of a CheckRequest beside what the decoder makes of it. */
import assert from 'node:assert/strict';
import { PortcullisError } from '../../src/errors.ts';
import type { Projector } from '../../src/policy/projection/projection.ts';
import { CheckView, namedEntry } from '../../src/services/ext-authz/check-view.ts';
import { DecodedView } from '../../src/services/ext-authz/decoded-view.ts';
import { pathFacts } from '../../src/services/ext-authz/path/path-facts.ts';
import { type CheckFacts, readCheckRequest } from '../../src/services/ext-authz/request/check-request.ts';
import type { InputOptions } from '../../src/services/ext-authz/request/input-document.ts';

type Told = { readonly json: string } | { readonly refused: string; readonly message: string };

function attempt<T>(act: () => T): T | PortcullisError {
  try {
    return act();
  } catch (thrown) {
    if (thrown instanceof PortcullisError) return thrown;
    throw thrown;
  }
}

const told = (view: CheckView | DecodedView, projector: Projector): Told => {
  const projection = attempt(() => view.project(projector));
  if (projection instanceof PortcullisError) return { refused: projection.code, message: projection.message };
  const json = Buffer.from(projection.json!).toString();
  compareKey(projector, projection.key, json);
  return { json };
};

/** By projector: the keys of documents and the documents of keys, for each way of making keys. */
const seen = new WeakMap<Projector, Map<string, string>>();

/** Keys are equal where documents are, and nowhere else. */
function compareKey(projector: Projector, key: string, json: string): void {
  let texts = seen.get(projector);
  if (texts === undefined || texts.size > 4000) seen.set(projector, (texts = new Map()));
  const isScanned = key.startsWith('s') || key.startsWith('t');
  const byKey = `key ${key}`;
  const byJson = `${isScanned} ${json}`;
  assert.equal(texts.get(byKey) ?? json, json);
  assert.equal(texts.get(byJson) ?? key, key);
  texts.set(byKey, json);
  texts.set(byJson, key);
}

const NAMES = ['traceparent', 'x-role', '__proto__', 'toString', ''].map(namedEntry);
const EXTENSIONS = ['portcullis.no_cache', 'portcullis.policy_set', 'zone'].map(namedEntry);

/** Fails where they differ. Returns whether the message was scanned, and not refused. */
export function compareReadings(
  message: Uint8Array,
  projectors: readonly Projector[],
  options: InputOptions,
): 'refused' | 'decoded' | 'scanned' {
  const facts = attempt(() => readCheckRequest(message, options.limits));
  const view = attempt(() => new CheckView(message, options));
  if (facts instanceof PortcullisError || view instanceof PortcullisError) {
    assert.deepEqual(failure(view), failure(facts));
    return 'refused';
  }
  const path = pathFacts(facts.path, facts.method);
  for (const projector of projectors) {
    const decoded = new DecodedView(facts, path, options, message.byteLength);
    assert.deepEqual(told(view, projector), told(decoded, projector));
  }
  compareFacts(view, facts);
  assert.deepEqual([...view.ambiguities()], [...path.ambiguities]);
  return view.isScanned ? 'scanned' : 'decoded';
}

const failure = (read: CheckView | CheckFacts | PortcullisError): unknown =>
  read instanceof PortcullisError ? [read.code, read.message] : 'not refused';

function compareFacts(view: CheckView, { headers, contextExtensions }: CheckFacts): void {
  for (const name of NAMES) {
    const place = view.headerPlace(name);
    assert.equal(typeof place === 'object' ? place.text : place, headers[name.text]);
  }
  for (const name of EXTENSIONS) assert.equal(view.contextExtension(name), contextExtensions[name.text]);
  const names = Object.keys(headers);
  assert.deepEqual([...new Set(view.headerNames())].sort(), names.toSorted());
  assert.equal(
    view.hasUnderscoredHeader,
    names.some((name) => name.includes('_')),
  );
  if (Object.keys(contextExtensions).length > 0) assert.ok(view.hasContextExtensions);
}
