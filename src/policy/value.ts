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

/** An object; keys may be any value. Keys that are composite compare by identity, so look up by string only. */
export type RegoObject = Map<RegoValue, RegoValue>;

/** Values may stand twice; the module removes duplicates when it takes the set back. */
export type RegoSet = Set<RegoValue>;

export type RegoValue = null | boolean | string | RegoNumber | RegoValue[] | RegoObject | RegoSet;
