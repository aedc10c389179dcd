// needs: opa
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { generated, oneOf } from './support/generated.ts';
import { QUERIES, SCHEMA, SCHEMAS, TEXTS } from './support/graphql-documents.ts';
import { agree, callBuiltin } from './support/opa-eval.ts';

/** `graphql.*` against the real OPA, as in builtins-opa-eval.test.ts. */

const queries = [...QUERIES, ...TEXTS];
const schemas = [SCHEMA, ...SCHEMAS, ...TEXTS, TEXTS.at(-2)!.replaceAll(/[[{(]/g, 'type')];

test('each document of the tables', async () => {
  await agree(
    'graphql.parse_query',
    [...queries, ...schemas].map((text) => [text]),
  );
  await agree(
    'graphql.parse_schema',
    [...queries, ...schemas].map((text) => [text]),
  );
  await agree(
    'graphql.schema_is_valid',
    schemas.map((text) => [text]),
  );
  const asked = queries.map((text) => [text, SCHEMA]);
  await agree('graphql.is_valid', [...asked, ...schemas.map((text) => ['{ a }', text])]);
  await agree('graphql.parse', [...asked.slice(0, 60), ...schemas.map((text) => ['{ a }', text])]);
  await agree('graphql.parse_and_verify', [...asked.slice(0, 60), ...schemas.map((text) => ['{ a }', text])]);
});

/** Documents with a few of their tokens left out, doubled, moved or exchanged. */
function broken(texts: readonly string[]): fc.Arbitrary<string> {
  const tokensOf = (text: string): string[] =>
    text.match(/"""[^]*?"""|"[^"\n]*"|#[^\n]*\n?|\.\.\.|\w+|[^]/g) ?? [];
  const others = [...new Set(texts.flatMap(tokensOf).filter((token) => token.trim() !== ''))];
  const change = fc.tuple(oneOf('drop double swap replace replace comment'), fc.nat(), fc.nat());
  return fc.tuple(fc.constantFrom(...texts), fc.array(change, { maxLength: 3 })).map(([text, changes]) => {
    const tokens = tokensOf(text);
    for (const [what, some, other] of changes) {
      const at = some % (tokens.length + 1);
      if (what === 'drop') tokens.splice(at, 1);
      else if (what === 'double') tokens.splice(at, 0, ...tokens.slice(at, at + (other % 8)));
      else if (what === 'swap') tokens.splice(other % (tokens.length + 1), 0, ...tokens.splice(at, 1));
      else if (what === 'replace') tokens.splice(at, 1, others[other % others.length]!);
      else tokens.splice(at, 0, '# c\n');
    }
    return tokens.join('');
  });
}

test('broken documents', async () => {
  const query = broken(queries);
  const schema = broken(schemas);
  await agree('graphql.parse_query', generated(fc.tuple(query), 3_000));
  await agree('graphql.parse_schema', generated(fc.tuple(schema), 3_000));
  await agree('graphql.schema_is_valid', generated(fc.tuple(schema), 3_000));
  await agree('graphql.is_valid', generated(fc.tuple(query, fc.constant(SCHEMA)), 3_000));
  await agree('graphql.parse_and_verify', generated(fc.tuple(query, schema), 1_000));
});

/** Selections of a few fields, under a few names, through these fragments: what may be merged and what may not. */
function selections(depth: number, fragments: string): fc.Arbitrary<string> {
  const leaf = fc
    .tuple(
      oneOf('|||x: |id: |name: ', '|'),
      oneOf('id id name name lives color barks __typename'),
      oneOf('|||(long: true)|(long: false)|(pad: 1)|(pad: 1, long: $l)|(long: $l, pad: 1)', '|'),
    )
    .map((parts) => parts.join(''));
  const spread = fragments === '' ? leaf : oneOf(fragments).map((name) => `...${name}`);
  if (depth === 0) return several(fc.oneof(leaf, spread));
  const branch = fc
    .tuple(
      oneOf('friends|friends|pet|best|owner|...|... on User|... on Cat|... on Named|... on Pet', '|'),
      selections(depth - 1, fragments),
    )
    .map(([field, below]) => `${field} { ${below} }`);
  return several(fc.oneof(leaf, spread, branch, branch));
}

function several(selection: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.array(selection, { minLength: 1, maxLength: 3 }).map((all) => all.join(' '));
}

test('generated queries', async () => {
  const type = oneOf('User User Cat Node Named Pet Found');
  // Without circles of fragments, on which gqlparser can overflow its stack, and OPA's process ends.
  const query = fc
    .tuple(
      selections(2, 'F G H F@include(if:$l)'),
      fc.tuple(type, selections(1, 'G H')),
      fc.tuple(type, selections(1, 'H')),
      selections(1, ''),
    )
    .map(([root, [f, inF], [g, inG], inH]) => {
      const fragments = [`F on ${f} { ${inF} }`, `G on ${g} { ${inG} }`, `H on User { ${inH} }`];
      const start = `query($l: Boolean!) { user(id: 1) { ${root} } more @skip(if: $l) }`;
      // Fragments that nothing uses are not valid.
      return fragments.reduce(
        (text, fragment) => (text.includes(`...${fragment[0]}`) ? `${text} fragment ${fragment}` : text),
        start,
      );
    });
  const rows = generated(fc.tuple(query, fc.constant(SCHEMA)), 4_000);
  const valid = rows.filter((row) => callBuiltin('graphql.is_valid', ...row) === true);
  assert.ok(valid.length > 100, `${valid.length} valid queries`);
  await agree('graphql.is_valid', rows);
});

test('syntax trees as objects', async () => {
  // gqlparser panics where a directive of an object may not stand: it asks for its position.
  const trees = queries
    .filter((text) => !text.includes('@'))
    .map((text) => callBuiltin('graphql.parse_query', text))
    .filter((tree) => tree !== undefined);
  const schemaTrees = [SCHEMA, ...SCHEMAS]
    .map((text) => callBuiltin('graphql.parse_schema', text))
    .filter((tree) => tree !== undefined);
  await agree('graphql.parse', [
    ...trees.map((tree) => [tree, SCHEMA]),
    ...schemaTrees.map((tree) => ['{ a }', tree]),
  ]);
  await agree(
    'graphql.schema_is_valid',
    schemaTrees.map((tree) => [tree]),
  );
});
