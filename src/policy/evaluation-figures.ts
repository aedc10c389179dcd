/** What is there now. */
export interface EvaluationGauges {
  /** Instances of modules, spares and threads included. */
  readonly instances: number;
  /** What their memories have grown to. */
  readonly bytes: number;
  readonly threads: number;
  /** Jobs that wait for a thread. */
  readonly queued: number;
}

/**
 * How the evaluations of one policy set go. Counts outlive the evaluators, which come and go with bundles; what is there
 * now is the sum over those that are alive, the retiring ones included.
 */
export class EvaluationFigures {
  /** Given up in the main thread after their slice. */
  interrupted = 0;
  /** Given to policy threads. */
  inThreads = 0;
  /** Answered by another evaluation of the same question that was under way. */
  joined = 0;
  /** Refused because too many waited. */
  overloaded = 0;
  /** Threads that ended otherwise than they should, by reason. */
  readonly lost: Record<'deadline' | 'memory' | 'crash' | 'refused', number> = {
    deadline: 0,
    memory: 0,
    crash: 0,
    refused: 0,
  };
  readonly #sources = new Set<() => Partial<EvaluationGauges>>();

  /** Counts `source` in until the function is called that it gives. */
  attach(source: () => Partial<EvaluationGauges>): () => void {
    this.#sources.add(source);
    return () => this.#sources.delete(source);
  }

  gauges(): EvaluationGauges {
    const sum = { instances: 0, bytes: 0, threads: 0, queued: 0 };
    for (const source of this.#sources) {
      const { instances = 0, bytes = 0, threads = 0, queued = 0 } = source();
      sum.instances += instances;
      sum.bytes += bytes;
      sum.threads += threads;
      sum.queued += queued;
    }
    return sum;
  }
}
