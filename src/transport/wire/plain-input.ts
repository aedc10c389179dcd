/** The body of a request that is not gRPC: let go, and answered at its end. */
import type { PlainAnswer } from './answer-fields.ts';
import type { WireCall } from './call.ts';
import type { CallInput } from './call-input.ts';

export class PlainInput implements CallInput {
  readonly untaken = false;
  readonly #call: WireCall;
  readonly #answer: PlainAnswer;

  constructor(call: WireCall, answer: PlainAnswer) {
    this.#call = call;
    this.#answer = answer;
  }

  data(): void {
    this.#call.refill(0);
  }

  end(): void {
    const { fields, body } = this.#answer;
    this.#call.answered = true;
    this.#call.connection.sending.plain(this.#call, fields, body);
    if (!this.#call.closed) this.#call.waitsForClient();
  }

  stop(): void {}
}
