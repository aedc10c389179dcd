/** What a worker is told; its number names it. */
export interface Told {
  readonly number: number;
  readonly act: 'connections' | 'throw' | 'exit' | 'loop';
}

/** What it answers: the ports of the clients that have come to it, of each connection; 0 by a Unix socket. */
export interface Connections {
  readonly from: number;
  readonly ports: readonly number[];
}

export const CHANNEL = 'fragile workers';
