import { checkLength, Flags } from './go-flags.ts';
import { printArg } from './go-print.ts';
import { type GoValue, goTypeName } from './go-value.ts';

/** A width, precision or argument index above this is refused, as in Go. */
const MAX_NUMBER = 1_000_000;

/** fmt.Sprintf. Mistakes in the format do not fail; they show in the text (`%!d(string=x)`, `%!(EXTRA …)`), as in Go. */
export function sprintf(format: string, args: readonly GoValue[]): string {
  return new Formatter(format, args).run();
}

/** The `%v` form of one value. */
export function sprintValue(value: GoValue): string {
  return printArg(new Flags(), value, 'v');
}

/** One run over a format; the steps and their order are those of fmt.doPrintf. */
class Formatter {
  readonly #format: string;
  readonly #args: readonly GoValue[];
  /** Where no bracket follows any more: looking for one each time would be quadratic. */
  readonly #lastClose: number;
  #at = 0;
  #arg = 0;
  #flags = new Flags();
  #goodIndex = true;
  #afterIndex = false;
  #reordered = false;
  #out = '';

  constructor(format: string, args: readonly GoValue[]) {
    this.#format = format;
    this.#lastClose = format.lastIndexOf(']');
    this.#args = args;
  }

  run(): string {
    while (this.#at < this.#format.length) {
      const percent = this.#format.indexOf('%', this.#at);
      if (percent === -1) {
        this.#out += this.#format.slice(this.#at);
        break;
      }
      this.#out += this.#format.slice(this.#at, percent);
      this.#at = percent + 1;
      this.#directive();
      checkLength(this.#out.length);
    }
    if (!this.#reordered && this.#arg < this.#args.length) this.#extra();
    return this.#out;
  }

  #directive(): void {
    this.#flags = new Flags();
    this.#goodIndex = true;
    if (this.#simple()) return;
    this.#index();
    this.#width();
    this.#precision();
    if (!this.#afterIndex) this.#index();
    const code = this.#format.codePointAt(this.#at);
    if (code === undefined) {
      this.#out += '%!(NOVERB)';
      return;
    }
    const verb = String.fromCodePoint(code);
    this.#at += verb.length;
    if (verb === '%') this.#out += '%';
    else if (!this.#goodIndex) this.#out += `%!${verb}(BADINDEX)`;
    else if (this.#arg >= this.#args.length) this.#out += `%!${verb}(MISSING)`;
    else this.#print(verb);
  }

  /** Flags, and a lower-case verb right after them: Go prints it at once, before it looks at indexes or widths. */
  #simple(): boolean {
    // An index given for an earlier directive has been used up by then.
    this.#afterIndex = false;
    for (; this.#at < this.#format.length; this.#at++) {
      const character = this.#format[this.#at]!;
      if (character === '#') this.#flags.sharp = true;
      else if (character === '0') this.#flags.zero = true;
      else if (character === '+') this.#flags.plus = true;
      else if (character === '-') this.#flags.minus = true;
      else if (character === ' ') this.#flags.space = true;
      else if (character >= 'a' && character <= 'z' && this.#arg < this.#args.length) {
        this.#at++;
        this.#print(character);
        return true;
      } else return false;
    }
    return false;
  }

  #print(verb: string): void {
    const flags = this.#flags;
    if (verb === 'v' || verb === 'w') {
      flags.sharpV = flags.sharp;
      flags.sharp = false;
      flags.plusV = flags.plus;
      flags.plus = false;
    }
    this.#out += printArg(flags, this.#args[this.#arg++]!, verb);
  }

  #width(): void {
    const flags = this.#flags;
    if (this.#format[this.#at] === '*') {
      this.#at++;
      flags.width = this.#numberFromArg();
      if (flags.width === undefined) this.#out += '%!(BADWIDTH)';
      else if (flags.width < 0) {
        flags.width = -flags.width;
        flags.minus = true;
        flags.zero = false;
      }
      this.#afterIndex = false;
      return;
    }
    flags.width = this.#number();
    if (this.#afterIndex && flags.width !== undefined) this.#goodIndex = false;
  }

  #precision(): void {
    if (this.#at + 1 >= this.#format.length || this.#format[this.#at] !== '.') return;
    this.#at++;
    if (this.#afterIndex) this.#goodIndex = false;
    this.#index();
    if (this.#format[this.#at] === '*') {
      this.#at++;
      const precision = this.#numberFromArg();
      this.#flags.precision = precision !== undefined && precision < 0 ? undefined : precision;
      if (this.#flags.precision === undefined) this.#out += '%!(BADPREC)';
      this.#afterIndex = false;
      return;
    }
    this.#flags.precision = this.#number() ?? 0;
  }

  /** Digits at this place; a number that is too large swallows the rest of the format, as in Go. */
  #number(): number | undefined {
    let number: number | undefined;
    for (; this.#at < this.#format.length; this.#at++) {
      const digit = this.#format.charCodeAt(this.#at) - 48;
      if (digit < 0 || digit > 9) break;
      if ((number ?? 0) > MAX_NUMBER) {
        this.#at = this.#format.length;
        return undefined;
      }
      number = (number ?? 0) * 10 + digit;
    }
    return number;
  }

  #numberFromArg(): number | undefined {
    const arg = this.#args[this.#arg];
    if (arg === undefined) return undefined;
    this.#arg++;
    if (arg.kind !== 'int') return undefined;
    return arg.value > MAX_NUMBER || arg.value < -MAX_NUMBER ? undefined : Number(arg.value);
  }

  /** An explicit argument index `[n]`, counted from 1. */
  #index(): void {
    this.#afterIndex = false;
    if (this.#format[this.#at] !== '[') return;
    this.#reordered = true;
    const close = this.#lastClose < this.#at ? -1 : this.#format.indexOf(']', this.#at);
    // Go asks for three bytes at least before it looks for the bracket.
    if (close === -1 || Buffer.byteLength(this.#format.slice(this.#at, this.#at + 3)) < 3) {
      this.#goodIndex = false;
      this.#at++;
      return;
    }
    const text = this.#format.slice(this.#at + 1, close);
    this.#at = close + 1;
    const index = /^\d{1,7}$/.test(text) ? Number(text) - 1 : -1;
    const valid = /^\d+$/.test(text) && index < MAX_NUMBER * 10;
    if (valid && index >= 0 && index < this.#args.length) this.#arg = index;
    else this.#goodIndex = false;
    this.#afterIndex = valid;
  }

  #extra(): void {
    const rest = this.#args.slice(this.#arg);
    const shown = rest.map((arg) =>
      arg.kind === 'nil' ? '<nil>' : `${goTypeName(arg)}=${printArg(new Flags(), arg, 'v')}`,
    );
    this.#out += `%!(EXTRA ${shown.join(', ')})`;
  }
}
