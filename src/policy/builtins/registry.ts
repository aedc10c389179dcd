import { NETWORK_BUILTINS } from '../network/builtins.ts';
import { awsBuiltins } from './aws-sign.ts';
import type { Builtin } from './builtin.ts';
import { castBuiltins } from './casts.ts';
import { cryptoBuiltins } from './crypto.ts';
import { encodingBuiltins } from './encoding.ts';
import { graphqlBuiltins } from './graphql.ts';
import { jsonMarshalBuiltins } from './json-marshal.ts';
import { jsonPatchBuiltins } from './json-patch.ts';
import { jsonSchemaBuiltins } from './json-schema.ts';
import { jwtBuiltins } from './jwt.ts';
import { jwtSignBuiltins } from './jwt-sign.ts';
import { netBuiltins } from './net.ts';
import { rangeBuiltins } from './numbers-range.ts';
import { objectBuiltins } from './object.ts';
import { printBuiltins } from './print.ts';
import { randomBuiltins } from './random.ts';
import { graphBuiltins } from './reachable-paths.ts';
import { regexBuiltins } from './regex.ts';
import { templateBuiltins } from './render-template.ts';
import { runtimeBuiltins } from './runtime.ts';
import { semverBuiltins } from './semver.ts';
import { sprintfBuiltins } from './sprintf.ts';
import { stringBuiltins } from './strings.ts';
import { timeBuiltins } from './time.ts';
import { unitBuiltins } from './units.ts';
import { uriBuiltins } from './uri.ts';
import { urlqueryBuiltins } from './urlquery.ts';
import { uuidBuiltins } from './uuid.ts';
import { x509Builtins } from './x509.ts';
import { yamlBuiltins } from './yaml.ts';

/** Every builtin that the host offers to modules, one array per family file. */
const FAMILIES: readonly (readonly Builtin[])[] = [
  awsBuiltins,
  castBuiltins,
  cryptoBuiltins,
  encodingBuiltins,
  graphBuiltins,
  graphqlBuiltins,
  jsonMarshalBuiltins,
  jsonPatchBuiltins,
  jsonSchemaBuiltins,
  jwtBuiltins,
  jwtSignBuiltins,
  netBuiltins,
  [...NETWORK_BUILTINS.values()],
  objectBuiltins,
  printBuiltins,
  randomBuiltins,
  rangeBuiltins,
  regexBuiltins,
  runtimeBuiltins,
  semverBuiltins,
  sprintfBuiltins,
  stringBuiltins,
  templateBuiltins,
  timeBuiltins,
  unitBuiltins,
  uriBuiltins,
  urlqueryBuiltins,
  uuidBuiltins,
  x509Builtins,
  yamlBuiltins,
];

/**
 * The host's builtins by name. A module that imports another one is refused when it is loaded, and by a server whose
 * operator lists no hosts also one that imports those of the network (`NETWORK_BUILTINS`).
 */
export const BUILTINS: ReadonlyMap<string, Builtin> = new Map(
  FAMILIES.flat().map((builtin) => [builtin.name, builtin]),
);
