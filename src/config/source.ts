/** Where a bundle's archive comes from. */
export type BundleSourceConfig = { readonly kind: 'file'; readonly path: string };

const LATER = new Set(['http', 'https', 'oci', 's3', 'gs', 'azblob']);

/** Reads `file:path` (relative or absolute, `file:///path` too). Gives a message that says what to write otherwise. */
export function parseSource(text: string): BundleSourceConfig | { readonly mistake: string } {
  const scheme = /^([a-z][a-z0-9+.-]*):/.exec(text)?.[1];
  if (scheme === 'file') {
    const path = text.slice('file:'.length).replace(/^\/\/(?=\/)/, '');
    if (path !== '' && !path.includes('\0') && !path.startsWith('//')) return { kind: 'file', path };
    return { mistake: 'name the archive after file:, for example file:bundles/shop.tar.gz' };
  }
  if (scheme !== undefined && LATER.has(scheme)) {
    return {
      mistake: `${scheme} sources are not offered yet; fetch the archive to a file and write file:path`,
    };
  }
  return { mistake: 'write where the archive is, for example file:bundles/shop.tar.gz' };
}

/** The text that gives the same source again. */
export function formatSource(source: BundleSourceConfig): string {
  return `file:${source.path}`;
}
