import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseYaml } from './yaml.ts';

describe('parseYaml', () => {
  const good: [text: string, json: string][] = [
    ['', 'null'],
    [
      'a: 1.0\nb: 12345678901234567890\nc: 0x10\nd: 017\ne: 1_000',
      '{"a":1,"b":12345678901234567890,"c":16,"d":15,"e":1000}',
    ],
    ['a: 2026-11-22\nb: yes\nc: "1"', '{"a":"2026-11-22","b":"yes","c":"1"}'],
    ['__proto__: {x: 1}', '{"__proto__":{"x":1}}'],
    ['a: &x {p: 1}\nb: *x\nc: {<<: *x, q: 2}', '{"a":{"p":1},"b":{"p":1},"c":{"q":2,"p":1}}'],
    ['c:\n  <<: [{p: 1}, {p: 2, q: 3}]\n  q: 4', '{"c":{"q":4,"p":1}}'],
    ['1: a\ntrue: b\n0x10: c', '{"1":"a","16":"c","true":"b"}'],
    ['"<<": 1', '{"<<":1}'],
    ['a: -0.0', '{"a":-0}'],
  ];
  for (const [text, json] of good) {
    it(`reads ${JSON.stringify(text)}`, () => assert.equal(JSON.stringify(parseYaml(text)), json));
  }

  const bad: [text: string, message: RegExp][] = [
    ['a: [1', /flow/i],
    ['a: 1\na: 2', /unique/],
    ['1: a\n0x1: b', /the key "1" is named twice/],
    ['"1": a\n1: b', /unique|the key "1" is named twice/],
    ['a: 1\n---\nb: 2', /several YAML documents/],
    ['a: .inf', /neither infinities nor NaN/],
    ['a: .NaN', /neither infinities nor NaN/],
    ['a: !!binary aGk=', /the YAML tag "binary" does not fit/],
    ['a: !mine x', /the YAML tag "!mine" does not fit/],
    ['a: !mine {b: 1}', /the YAML tag "!mine" is unknown/],
    ['a: !!int x', /the YAML tag "int" does not fit/],
    ['1.5: a', /no text, integer or boolean/],
    ['~: a', /no text, integer or boolean/],
    ['? [x]\n: a', /no text, integer or boolean/],
    ['a: *x', /alias/i],
    ['<<: 5', /must bring in mappings/],
    ['<<: {a: 1}\n<<: {b: 1}', /unique|two merge keys/],
    [`${'['.repeat(300)}${']'.repeat(300)}`, /nests too deeply/],
    [laughs(), /too many nodes/],
  ];
  for (const [text, message] of bad) {
    it(`refuses ${JSON.stringify(text.slice(0, 40))}`, () => {
      assert.throws(() => parseYaml(text), { code: 'bundle_data_invalid', message });
    });
  }
});

/** Each line holds the one before nine times: a few hundred bytes for nine to the eighth nodes. */
function laughs(): string {
  const lines = ['a0: &a0 [x]'];
  for (let i = 1; i < 9; i++)
    lines.push(`a${i}: &a${i} [${Array.from({ length: 9 }, () => `*a${i - 1}`).join(',')}]`);
  return lines.join('\n');
}
