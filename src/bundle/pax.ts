import { PortcullisError } from '../errors.ts';

/** Records that say nothing about name or content. Any other key (`size`, `linkpath`, `GNU.sparse.*`, `hdrcharset`, …) is refused. */
const HARMLESS = /^(?:[acm]time|[ug]id|[ug]name|comment|SCHILY\..+|LIBARCHIVE\..+)$/;

/**
 * Reads the records of a pax extended header (POSIX.1-2017 pax, "pax Extended Header": `length key=value\n`) and gives the path that
 * one of them may set, in bytes. Throws `archive_invalid`.
 */
export function paxPath(content: Uint8Array): Uint8Array | undefined {
  let path: Uint8Array | undefined;
  for (let at = 0; at < content.length; ) {
    const space = content.indexOf(0x20, at);
    const lengthText = space < 0 ? '' : new TextDecoder().decode(content.subarray(at, space));
    const end = /^[1-9][0-9]{0,6}$/.test(lengthText) ? at + Number(lengthText) : 0;
    if (end <= space || end > content.length || content[end - 1] !== 0x0a) throw invalid('is malformed');
    const equals = content.indexOf(0x3d, space);
    if (equals < 0 || equals >= end) throw invalid('is malformed');

    const key = new TextDecoder().decode(content.subarray(space + 1, equals));
    if (key === 'path') {
      if (path !== undefined) throw invalid('names two paths');
      path = content.subarray(equals + 1, end - 1);
      if (path.length === 0) throw invalid('names an empty path');
    } else if (!HARMLESS.test(key)) {
      throw invalid(`sets ${JSON.stringify(key.slice(0, 40))}, which a bundle does not need`);
    }
    at = end;
  }
  return path;
}

function invalid(problem: string): PortcullisError {
  return new PortcullisError('archive_invalid', `a pax header ${problem}`);
}
