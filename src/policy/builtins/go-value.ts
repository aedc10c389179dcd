/** Go values as fmt and text/template see them, with the types that OPA's builtins make of Rego values. */
export type GoValue =
  | { readonly kind: 'nil' }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'int'; readonly type: 'int' | 'int64' | 'uint8'; readonly value: bigint }
  | { readonly kind: 'big'; readonly value: bigint }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'string'; readonly type: 'string' | 'json.Number'; readonly value: string }
  | { readonly kind: 'slice'; readonly value: readonly GoValue[] }
  | { readonly kind: 'map'; readonly value: ReadonlyMap<string, GoValue> };

/** The value's type as Go's reflect names it. */
export function goTypeName(value: GoValue): string {
  switch (value.kind) {
    case 'nil':
      return '<nil>';
    case 'int':
    case 'string':
      return value.type;
    case 'big':
      return '*big.Int';
    case 'float':
      return 'float64';
    case 'slice':
      return '[]interface {}';
    case 'map':
      return 'map[string]interface {}';
    case 'bool':
    default:
      return 'bool';
  }
}
