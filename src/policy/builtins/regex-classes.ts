import { BuiltinError } from './builtin.ts';

/** A quoted stretch, a class of Unicode or any other escape. */
const ESCAPE = /\\Q[^]*?(?:\\E|$)|\\(p)(?:\{(\^?)([^}]*)\}|([a-z]))|\\[^]/giu;

/** Unicode's long names of categories, in the canonical form of Go's parser. */
const LONG_NAMES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    Casedletter: 'Lc',
    Closepunctuation: 'Pe',
    Cntrl: 'Cc',
    Combiningmark: 'M',
    Connectorpunctuation: 'Pc',
    Control: 'Cc',
    Currencysymbol: 'Sc',
    Dashpunctuation: 'Pd',
    Decimalnumber: 'Nd',
    Digit: 'Nd',
    Enclosingmark: 'Me',
    Finalpunctuation: 'Pf',
    Format: 'Cf',
    Initialpunctuation: 'Pi',
    Letter: 'L',
    Letternumber: 'Nl',
    Lineseparator: 'Zl',
    Lowercaseletter: 'Ll',
    Mark: 'M',
    Mathsymbol: 'Sm',
    Modifierletter: 'Lm',
    Modifiersymbol: 'Sk',
    Nonspacingmark: 'Mn',
    Number: 'N',
    Openpunctuation: 'Ps',
    Other: 'C',
    Otherletter: 'Lo',
    Othernumber: 'No',
    Otherpunctuation: 'Po',
    Othersymbol: 'So',
    Paragraphseparator: 'Zp',
    Privateuse: 'Co',
    Punct: 'P',
    Punctuation: 'P',
    Separator: 'Z',
    Spaceseparator: 'Zs',
    Spacingmark: 'Mc',
    Surrogate: 'Cs',
    Symbol: 'S',
    Titlecaseletter: 'Lt',
    Unassigned: 'Cn',
    Uppercaseletter: 'Lu',
  }),
);

/** What the library knows and Go does not: binary properties, and scripts that are newer than Unicode 15. */
const NOT_IN_GO: ReadonlySet<string> = new Set(
  'Alphabetic Dash Emoji Garay Lowercase Math Sidetic Sunuwar Todhri Unknown Uppercase'.split(' '),
);

/**
 * The pattern with its names of Unicode classes (`\p{greek}`, `\p{Uppercase Letter}`) as the library knows them. Go looks
 * them up by a canonical form; scripts of two words (`Old_Italic`) have none, and so are no names. Throws BuiltinError.
 */
export function withKnownClasses(pattern: string): string {
  if (!/\\p/i.test(pattern)) return pattern;
  return pattern.replace(
    ESCAPE,
    (escape: string, p?: string, not: string = '', name?: string, letter?: string) => {
      if (p === undefined) return escape;
      if (letter !== undefined) return `\\${p}${letter.toUpperCase()}`;
      const canonical = canonicalName(name ?? '');
      const known = LONG_NAMES.get(canonical) ?? canonical;
      if (!/^[A-Z][a-z]*$/.test(known) || NOT_IN_GO.has(known)) {
        throw new BuiltinError(`error parsing regexp: invalid character class range: \`${escape}\``);
      }
      return `\\${p}{${not}${known}}`;
    },
  );
}

/** A capital and small letters, without spaces, hyphens and underscores. */
function canonicalName(name: string): string {
  const letters = name.replace(/[-_ ]/g, '');
  return letters.replace(/^[a-z]/, (first) => first.toUpperCase()).replace(/(?<!^)[A-Z]/g, lower);
}

function lower(letter: string): string {
  return letter.toLowerCase();
}
