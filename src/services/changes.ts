/**
 * The names that changed since they were last taken. Bounded by the number of names: a reader that does not read costs
 * no more than one that does, and a burst of changes is one.
 */
export class Changes {
  readonly #pending = new Set<string>();
  #wake: (() => void) | undefined;

  add(name: string): void {
    this.#pending.add(name);
    this.#wake?.();
  }

  /** Waits for at least one name, then gives and forgets all; nothing once the signal is aborted. One reader only. */
  async take(signal: AbortSignal): Promise<string[]> {
    if (this.#pending.size === 0 && !signal.aborted) await this.#changed(signal);
    if (signal.aborted) return [];
    const names = [...this.#pending];
    this.#pending.clear();
    return names;
  }

  #changed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#wake = undefined;
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#wake = wake;
      signal.addEventListener('abort', wake);
    });
  }
}
