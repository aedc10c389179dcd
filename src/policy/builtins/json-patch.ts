import type { RegoObject, RegoValue } from '../value.ts';
import { type Builtin, BuiltinError } from './builtin.ts';
import { equalValues, typeName } from './compare.ts';
import { EditTree } from './edit-tree.ts';
import { arrayOperand } from './operands.ts';
import { WorkBudget } from './work-budget.ts';

/** `json.patch`: RFC 6902, for sets and keys of any type as well, as OPA's v1/topdown/json.go. */
export const jsonPatchBuiltins: readonly Builtin[] = [
  {
    name: 'json.patch',
    effects: [],
    call: (_context, document, operations) => patch(document, arrayOperand(operations, 2)),
  },
];

/** Values and characters copied, moved and compared: a document that is copied into itself doubles each time. */
const MAX_WORK = 16 * 1024 * 1024;

function patch(document: RegoValue, operations: readonly RegoValue[]): RegoValue {
  const budget = new WorkBudget('the patch copies or compares too much', MAX_WORK);
  const tree = new EditTree(document, budget);
  for (const operation of operations) {
    if (!(operation instanceof Map)) {
      throw new BuiltinError(
        'must be an array of JSON-Patch objects, but at least one element is not an object',
      );
    }
    budget.spend(1);
    apply(tree, operation, budget);
  }
  return tree.render();
}

function apply(tree: EditTree, operation: RegoObject, budget: WorkBudget): void {
  const chunkAt = (path: readonly RegoValue[]): RegoValue => {
    const chunk = tree.at(path).render();
    budget.spendOn(chunk);
    return chunk;
  };
  const op = attribute(operation, 'op');
  if (typeof op !== 'string') {
    throw new BuiltinError(`attribute 'op' must be a string but found: ${typeName(op)}`);
  }
  const path = pathOf(attribute(operation, 'path'));
  switch (op) {
    case 'add':
      tree.insert(path, attribute(operation, 'value'));
      break;
    case 'remove':
      tree.remove(path);
      break;
    case 'replace':
      tree.remove(path);
      tree.insert(path, attribute(operation, 'value'));
      break;
    case 'move': {
      const from = pathOf(attribute(operation, 'from'));
      const chunk = chunkAt(from);
      tree.remove(from);
      tree.insert(path, chunk);
      break;
    }
    case 'copy':
      tree.insert(path, chunkAt(pathOf(attribute(operation, 'from'))));
      break;
    case 'test':
      if (!equalValues(chunkAt(path), attribute(operation, 'value'))) {
        throw new BuiltinError('value from EditTree != patch value');
      }
      break;
    default:
      throw new BuiltinError(`unrecognized op: '${op}'`);
  }
}

function attribute(operation: RegoObject, name: string): RegoValue {
  const value = operation.get(name);
  if (value === undefined) throw new BuiltinError(`missing required attribute '${name}'`);
  return value;
}

/** The keys of a path: of a JSON pointer (RFC 6901), with any number of `/` before the first key, or an array as it is. */
export function pathOf(path: RegoValue): readonly RegoValue[] {
  if (Array.isArray(path)) return path;
  if (typeof path === 'string') {
    if (path === '') return [];
    const keys = path.replace(/^\/+/, '').split('/');
    return keys.map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  }
  throw new BuiltinError(
    `operand 2 must be one of {set, array} containing string paths or array of path segments but got ${typeName(path)}`,
  );
}
