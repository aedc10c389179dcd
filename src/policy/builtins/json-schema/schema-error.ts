/** A schema that OPA refuses; the message is OPA's. */
export class SchemaError extends Error {
  override readonly name = 'SchemaError';
}

/** The message for a keyword whose value has another type than it must. */
export function invalidType(expected: string, keyword: string): SchemaError {
  return new SchemaError(`Invalid type. Expected: ${expected}, given: ${keyword}`);
}
