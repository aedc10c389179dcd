/** What one stream of a connection has received, as it came. */
import type { Field } from './hpack.ts';

export interface Answer {
  /** `:status`. */
  readonly http: string | undefined;
  readonly grpcStatus: number | undefined;
  readonly grpcMessage: string | undefined;
  /** Of the first block; that of trailers is empty for Trailers-Only. */
  readonly headers: Readonly<Record<string, string>>;
  readonly trailers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** The messages of the body, with their flag of compression. */
  readonly messages: readonly { readonly compressed: number; readonly bytes: Buffer }[];
  /** RST_STREAM's error code. */
  readonly reset: number | undefined;
  /** END_STREAM came. */
  readonly ended: boolean;
}

export class StreamRecord {
  readonly blocks: Field[][] = [];
  readonly data: Buffer[] = [];
  receivedBytes = 0;
  ended = false;
  reset: number | undefined;

  get done(): boolean {
    return this.ended || this.reset !== undefined;
  }

  answer(): Answer {
    const headers = record(this.blocks[0] ?? []);
    const trailers = record(this.blocks[1] ?? []);
    const last = this.blocks.length > 1 ? trailers : headers;
    const status = last['grpc-status'];
    const body = Buffer.concat(this.data);
    return {
      http: headers[':status'],
      grpcStatus: status === undefined ? undefined : Number(status),
      grpcMessage: last['grpc-message'],
      headers,
      trailers,
      body,
      messages: headers['content-type']?.startsWith('application/grpc') ? messagesOf(body) : [],
      reset: this.reset,
      ended: this.ended,
    };
  }
}

function record(fields: readonly Field[]): Record<string, string> {
  return Object.fromEntries(fields);
}

function messagesOf(body: Buffer): { compressed: number; bytes: Buffer }[] {
  const messages: { compressed: number; bytes: Buffer }[] = [];
  for (let at = 0; at + 5 <= body.length; ) {
    const end = at + 5 + body.readUInt32BE(at + 1);
    messages.push({ compressed: body[at]!, bytes: body.subarray(at + 5, end) });
    at = end;
  }
  return messages;
}
