import type { RegoValue } from '../../value.ts';
import { nestsDeeperThan } from '../../wasm/nesting.ts';
import type { Builtin } from '../builtin.ts';
import { goJson, jsonShape } from '../json-shape.ts';
import { parseJson } from '../json-value.ts';
import { stringOperand } from '../operands.ts';
import { WorkBudget } from '../work-budget.ts';

/** JSON text (v1/topdown/encoding.go). */
export const jsonTextBuiltins: readonly Builtin[] = [
  {
    name: 'json.marshal',
    effects: [],
    call: (_context, value) => (value === undefined ? undefined : marshal(value)),
  },
  // OPA also takes a text that goes on with `null`, and then with anything, behind its value: not here.
  { name: 'json.unmarshal', effects: [], call: (_context, text) => parseJson(stringOperand(text, 1)) },
  {
    name: 'json.is_valid',
    effects: [],
    call: (_context, text) => typeof text === 'string' && isJson(text),
  },
];

/** Values and characters: a value may hold another one many times. */
const MAX_WORK = 16 * 1024 * 1024;

function marshal(value: RegoValue): string {
  new WorkBudget('the value is too large for JSON text', MAX_WORK).spendOn(value);
  return goJson(jsonShape(value));
}

/** Go's limit. `json.unmarshal` has a lower one here. */
const MAX_DEPTH = 10_000;

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
  } catch {
    return false;
  }
  return !nestsDeeperThan(Buffer.from(text), MAX_DEPTH);
}
