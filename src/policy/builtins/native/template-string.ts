import { type Builtin, BuiltinError } from '../builtin.ts';
import { arrayOperand } from '../operands.ts';
import { textsOf } from '../print.ts';

/** What a template string is compiled to (v1/topdown/template_string.go). Its parts are scalars, and sets of the one value that there is. */
export const templateStringBuiltins: readonly Builtin[] = [
  {
    name: 'internal.template_string',
    effects: [],
    call: (_context, parts) => {
      const texts = arrayOperand(parts, 1).map(textsOf);
      if (texts.every((each) => each.length === 1)) return texts.flat().join('');
      throw new BuiltinError('template-strings must not produce multiple outputs', { halt: true });
    },
  },
];
