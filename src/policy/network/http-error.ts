/**
 * An error of `http.send` (v1/topdown/http.go). `shown` is the message in the error object that a policy gets with
 * `raise_error: false`, `code` the code there; `message` is what the evaluation records otherwise.
 */
export class HttpSendError extends Error {
  override readonly name = 'HttpSendError';
  readonly code: 'eval_http_send_internal_error' | 'eval_http_send_network_error';
  readonly shown: string;

  constructor(
    message: string,
    shown: string = message,
    code: HttpSendError['code'] = 'eval_http_send_internal_error',
  ) {
    super(message);
    this.shown = shown;
    this.code = code;
  }
}

/** An error that OPA puts its own code before, without the place in the policy, which builtins do not know. */
export function builtinError(message: string): HttpSendError {
  return new HttpSendError(message, `eval_builtin_error: http.send: ${message}`);
}

/** As `builtinError`, for operands of a wrong kind. */
export function typeError(message: string): HttpSendError {
  return new HttpSendError(message, `eval_type_error: http.send: ${message}`);
}
