/**
 * Rego values as host builtins see them: nothing is lost between the module and the host, so sets, non-string
 * keys and numbers beyond a double survive.
 */

/** A number that a double cannot show exactly as written (`1.0`, `1e3`, 20 digits), by its source text. */
export class ExactNumber {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export type RegoNumber = number | ExactNumber;

/** An object; keys may be any value. A Map tells composite keys by identity, so look up and insert by builtins/collections.ts, or by string. */
export type RegoObject = Map<RegoValue, RegoValue>;

/** Equal values may stand twice in what builtins give: `sizeOf`, `sortedElements` and a module that takes it back count them once. */
export type RegoSet = Set<RegoValue>;

export type RegoValue = null | boolean | string | RegoNumber | RegoValue[] | RegoObject | RegoSet;
