import type { GoTime } from './go-time.ts';
import { parseTime, TimeParseError } from './go-time-parse.ts';

/** The forms of moments that go-yaml knows (resolve.go). */
const LAYOUTS = [
  '2006-1-2T15:4:5.999999999Z07:00',
  '2006-1-2t15:4:5.999999999Z07:00',
  '2006-1-2 15:4:5.999999999',
  '2006-1-2',
];

/** Whether go-yaml reads the plain scalar as a moment. */
export function isYamlTime(text: string): boolean {
  return parseYamlTime(text) !== undefined;
}

/** The moment that the text is; undefined where it is none. */
export function parseYamlTime(text: string): GoTime | undefined {
  if (!/^[0-9]{4}-/.test(text)) return undefined;
  for (const layout of LAYOUTS) {
    const time = parsed(layout, text);
    if (time !== undefined) return time;
  }
  return undefined;
}

function parsed(layout: string, text: string): GoTime | undefined {
  try {
    return parseTime(layout, text);
  } catch (error) {
    if (error instanceof TimeParseError) return undefined;
    throw error;
  }
}
