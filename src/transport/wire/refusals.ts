/** Requests that get no handler, and what they get instead. */
import { GRPC_STATUS } from '../../errors.ts';
import { ACCEPTS, NOT_GRPC, NOT_POST, type PlainAnswer } from './answer-fields.ts';
import type { WireCall } from './call.ts';
import { PlainInput } from './plain-input.ts';

/** Answers a call whose head was refused; who sent what is malformed gets no answer and never comes here. */
export function refuse(call: WireCall): void {
  const { refusal, path } = call.head;
  const { sending, scope } = call.connection;
  if (refusal === 'not-post') answerPlainly(call, NOT_POST);
  else if (refusal === 'not-grpc') answerPlainly(call, NOT_GRPC);
  else if (refusal === 'too-large') {
    const { maxHeaderBytes } = scope.limits;
    call.refuseWith(GRPC_STATUS.RESOURCE_EXHAUSTED, `The headers are longer than ${maxHeaderBytes} bytes.`);
  } else if (refusal === 'bad-timeout') {
    call.refuseWith(GRPC_STATUS.INTERNAL, 'The header grpc-timeout is no timeout.');
  } else if (refusal === 'unknown-encoding') {
    call.begun = true;
    const message = 'The messages are compressed in a way that is not known here.';
    sending.status(call, GRPC_STATUS.UNIMPLEMENTED, message, ACCEPTS);
  } else call.refuseWith(GRPC_STATUS.UNIMPLEMENTED, `There is no method ${path.slice(0, 200)}.`);
}

/** Who does not speak gRPC is answered when its request is whole, as HTTP clients expect. */
function answerPlainly(call: WireCall, answer: PlainAnswer): void {
  call.begun = true;
  call.input = new PlainInput(call, answer);
  if (call.remoteEnded) call.input.end();
}
