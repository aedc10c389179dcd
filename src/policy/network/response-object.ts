import { BuiltinError } from '../builtins/builtin.ts';
import { yamlBuiltins } from '../builtins/yaml.ts';
import type { RegoObject, RegoValue } from '../value.ts';
import type { HttpAnswer } from './access.ts';
import { firstJson, wholeJson } from './first-json.ts';
import { isJsonType, isYamlType } from './media-type.ts';

/** How a policy wants the body decoded, whatever its type. */
export interface Decoding {
  readonly forceJson: boolean;
  readonly forceYaml: boolean;
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** What `http.send` gives for an answer. Throws BuiltinError where the body nests too deeply. */
export function responseObject(answer: HttpAnswer, decoding: Decoding): RegoObject {
  const rawBody = utf8.decode(answer.body);
  return new Map<RegoValue, RegoValue>([
    ['status', answer.status],
    ['status_code', answer.statusCode],
    ['body', bodyOf(answer, rawBody, decoding)],
    ['raw_body', rawBody],
    ['headers', new Map(answer.headers.map(([name, values]) => [name, [...values]]))],
  ]);
}

/** Null where the body is not what it should be. */
function bodyOf(answer: HttpAnswer, rawBody: string, { forceJson, forceYaml }: Decoding): RegoValue {
  const contentType = answer.headers.find(([name]) => name === 'content-type')?.[1][0] ?? '';
  if (forceJson || isJsonType(contentType)) return firstJson(rawBody) ?? null;
  return forceYaml || isYamlType(contentType) ? yamlOrNull(rawBody.replace(/^\ufeff/, '')) : null;
}

const unmarshalYaml = yamlBuiltins.find(({ name }) => name === 'yaml.unmarshal')!.call;

/** As OPA's util.Unmarshal: JSON keeps its numbers as they are written. */
function yamlOrNull(text: string): RegoValue {
  try {
    return wholeJson(text) ?? unmarshalYaml(NO_CONTEXT, text) ?? null;
  } catch (error) {
    if (error instanceof BuiltinError && error.message.startsWith('yaml: ')) return null;
    throw error;
  }
}

/** Reading YAML depends on nothing but the text. */
const NO_CONTEXT = Object.freeze({}) as never;
