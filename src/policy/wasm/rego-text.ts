import type { RegoValue } from '../value.ts';

/** A value that crosses between module and host as Rego text: see codec.ts. */
export class RegoText {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** An operand of a builtin as the module hands it over: read from its memory, or written by it. */
export type Operand = RegoValue | RegoText;
