/** A template that Go's text/template refuses to parse or to run. */
export class TemplateError extends Error {
  override readonly name: string = 'TemplateError';
}

/** A template that Go might run and Portcullis does not: the answer is unknown, so the evaluation has to fail. */
export class TemplateUnsupported extends Error {
  override readonly name = 'TemplateUnsupported';
}
