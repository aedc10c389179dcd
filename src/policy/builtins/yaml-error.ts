/** What go-yaml refuses, too: `yaml.is_valid` is false. Limits of our own are a BuiltinError: it has no answer then. */
export class YamlError extends Error {
  override readonly name = 'YamlError';
}
