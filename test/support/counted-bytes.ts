/** Bytes that count how often one of them is read. What is copied, hashed or parsed at once is not counted. */
export function countedBytes(bytes: Uint8Array): { readonly bytes: Uint8Array; reads: number } {
  const counted = { bytes, reads: 0 };
  counted.bytes = new Proxy(bytes, {
    get: (target, property) => {
      if (typeof property === 'string' && /^\d/.test(property)) counted.reads++;
      const found: unknown = Reflect.get(target, property, target);
      return typeof found === 'function' ? found.bind(target) : found;
    },
  });
  return counted;
}
