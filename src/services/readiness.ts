/** Whether the server can answer, as health checks tell it. */
export interface Readiness {
  /** Every policy set has a verified bundle that is active and fresh enough, and the server is not shutting down. */
  ready(): boolean;
  /** The same of one policy set, whatever the others are; undefined for one that is not configured. */
  readyFor(policySet: string): boolean | undefined;
  /**
   * What is missing, for people; of one policy set when it is named. Empty when ready. Each names its policy set, except
   * what concerns the whole server.
   */
  reasons(policySet?: string): readonly string[];
  /** Calls back whenever any of it may have changed. Returns the way to stop. */
  onChange(listener: () => void): () => void;
}
