import type { CheckClient } from './answer.ts';
import type { CorpusRequest } from './corpus/request.ts';
import { isUnparsed, type RequestFacts } from './difference.ts';
import { echoed, httpOf } from './input-document.ts';
import type { ParsedPart } from './policies.ts';

const BAD_ESCAPE = /%(?![\dA-Fa-f]{2})/;

/** Asks a plugin with the policy `echo` about a request. */
export async function requestFacts(plugin: CheckClient, request: CorpusRequest): Promise<RequestFacts> {
  const read = await plugin.check(request.plain ?? request.bytes);
  const malformed: ParsedPart[] = [];
  let { answer } = read;
  if (isUnparsed(read)) {
    const [raw = '', ...query] = httpOf(request.bytes).path.split('?');
    if (BAD_ESCAPE.test(raw)) malformed.push('parsed_path');
    if (BAD_ESCAPE.test(query.join('?')) || query.join('?').includes(';')) malformed.push('parsed_query');
    // The plugin stops at the first malformed part: a body is judged behind a mended path.
    const behind = request.mendedPath === undefined ? read : await plugin.check(request.mendedPath);
    if (isUnparsed(behind)) malformed.push('parsed_body');
    answer = behind.answer;
  }
  return { input: echoed(answer), malformed };
}
