import type { GoValue } from './go-value.ts';

/** One operand of a command. */
export type Operand =
  | { readonly kind: 'constant'; readonly value: GoValue }
  | { readonly kind: 'nil' }
  | { readonly kind: 'dot' }
  | { readonly kind: 'field'; readonly path: readonly string[] }
  | { readonly kind: 'variable'; readonly name: string; readonly path: readonly string[] }
  | { readonly kind: 'function'; readonly name: string }
  | { readonly kind: 'pipe'; readonly pipe: Pipeline }
  | { readonly kind: 'chain'; readonly base: Operand; readonly path: readonly string[] };

/** A function or a value, with arguments. */
export type Command = readonly Operand[];

/** Commands whose results go into the next one, and the variables that the last result is put into. */
export interface Pipeline {
  readonly variables: readonly string[];
  /** `=` sets variables that exist; `:=` declares new ones. */
  readonly assign: boolean;
  readonly commands: readonly Command[];
}

export type TemplateNode =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'action'; readonly pipe: Pipeline }
  | {
      readonly kind: 'if' | 'with' | 'range';
      readonly pipe: Pipeline;
      readonly body: readonly TemplateNode[];
      readonly otherwise: readonly TemplateNode[];
    }
  | { readonly kind: 'template'; readonly name: string; readonly pipe: Pipeline | undefined }
  | { readonly kind: 'break' | 'continue' };

/** Nothing but white space: such a definition does not replace another one. */
export function isEmptyTemplate(nodes: readonly TemplateNode[]): boolean {
  return nodes.every((node) => node.kind === 'text' && node.text.trim() === '');
}
