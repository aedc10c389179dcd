import { PortcullisError } from '../../../errors.ts';

/** What a policy asks for and cannot have. `problem` ends the sentence and never holds a value, which may be a secret. */
export function invalid(place: string, problem: string): PortcullisError {
  return new PortcullisError('obligations_invalid', `The policy's ${place} ${problem}`);
}

/** A place one level down, for messages: `headers["x-user"][1]`. */
export function at(place: string, key: string | number): string {
  return `${place}[${JSON.stringify(typeof key === 'number' ? key : key.slice(0, 100))}]`;
}
