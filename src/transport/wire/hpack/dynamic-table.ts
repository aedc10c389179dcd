/** The dynamic table (RFC 7541, 2.3.2 and 4): a ring, the newest entry first. */
import { FIELD_OVERHEAD_BYTES } from './static-table.ts';

/** The ring grows by doubling: most connections insert a dozen entries and no more. */
const FIRST_CAPACITY = 16;

export class DynamicTable {
  /** How many entries it has. */
  count = 0;
  /** What they cost by RFC 7541, 4.1. */
  sizeBytes = 0;
  maxBytes: number;
  /** Changes with every insertion, eviction and change of size: the same bytes mean the same fields only within one. */
  generation = 0;
  #names: string[] = empty(FIRST_CAPACITY);
  #values: string[] = empty(FIRST_CAPACITY);
  #malformed = new Uint8Array(FIRST_CAPACITY);
  #mask = FIRST_CAPACITY - 1;
  /** Where the newest entry is; it and those after it are in use. */
  #newest = 0;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  /** The name of an entry, counted from the newest, 0; `index` is below `count`. */
  name(index: number): string {
    return this.#names[(this.#newest + index) & this.#mask]!;
  }

  value(index: number): string {
    return this.#values[(this.#newest + index) & this.#mask]!;
  }

  /** Whether it was inserted as malformed. */
  malformed(index: number): boolean {
    return this.#malformed[(this.#newest + index) & this.#mask] !== 0;
  }

  /** Adds an entry after evicting what must go; one that is larger than the table leaves it empty (4.4). */
  insert(name: string, value: string, malformed = false): void {
    this.generation++;
    const entryBytes = name.length + value.length + FIELD_OVERHEAD_BYTES;
    if (this.sizeBytes + entryBytes > this.maxBytes) {
      this.#evict(this.maxBytes - entryBytes);
      if (entryBytes > this.maxBytes) return;
    }
    if (this.count > this.#mask) this.#grow();
    this.#newest = (this.#newest - 1) & this.#mask;
    this.#names[this.#newest] = name;
    this.#values[this.#newest] = value;
    this.#malformed[this.#newest] = malformed ? 1 : 0;
    this.count++;
    this.sizeBytes += entryBytes;
  }

  resize(maxBytes: number): void {
    this.generation++;
    this.maxBytes = maxBytes;
    this.#evict(maxBytes);
  }

  /** Evicts the oldest entries until at most so many bytes are used. */
  #evict(toBytes: number): void {
    while (this.count > 0 && this.sizeBytes > toBytes) {
      this.count--;
      const at = (this.#newest + this.count) & this.#mask;
      this.sizeBytes -= this.#names[at]!.length + this.#values[at]!.length + FIELD_OVERHEAD_BYTES;
      // What is gone holds no memory.
      this.#names[at] = '';
      this.#values[at] = '';
    }
  }

  #grow(): void {
    const capacity = this.#names.length * 2;
    const names = empty(capacity);
    const values = empty(capacity);
    const malformed = new Uint8Array(capacity);
    for (let index = 0; index < this.count; index++) {
      names[index] = this.name(index);
      values[index] = this.value(index);
      malformed[index] = this.malformed(index) ? 1 : 0;
    }
    this.#names = names;
    this.#values = values;
    this.#malformed = malformed;
    this.#mask = capacity - 1;
    this.#newest = 0;
  }
}

function empty(capacity: number): string[] {
  return Array.from({ length: capacity }, () => '');
}
