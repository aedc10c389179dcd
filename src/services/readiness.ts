/** Whether the server can answer, as health checks tell it. */
export interface Readiness {
  /** Every policy set has a verified bundle that is active and fresh enough, and the server is not shutting down. */
  ready(): boolean;
  /** What is missing, for people; empty when ready. Each names its policy set, except what concerns the whole server. */
  reasons(): readonly string[];
  /** Calls back after each change of `ready`. Returns the way to stop. */
  onChange(listener: () => void): () => void;
}
