/** The static table (RFC 7541, Appendix A). Index 0 is not used. */

const FIELDS: readonly string[] =
  `:authority|:method GET|:method POST|:path /|:path /index.html|:scheme http|:scheme https|:status 200|:status 204|
:status 206|:status 304|:status 400|:status 404|:status 500|accept-charset|accept-encoding gzip, deflate|accept-language|
accept-ranges|accept|access-control-allow-origin|age|allow|authorization|cache-control|content-disposition|
content-encoding|content-language|content-length|content-location|content-range|content-type|cookie|date|etag|expect|
expires|from|host|if-match|if-modified-since|if-none-match|if-range|if-unmodified-since|last-modified|link|location|
max-forwards|proxy-authenticate|proxy-authorization|range|referer|refresh|retry-after|server|set-cookie|
strict-transport-security|transfer-encoding|user-agent|vary|via|www-authenticate`
    .replaceAll('\n', '')
    .split('|');

const parts = FIELDS.map((field) => /^([^ ]+) ?(.*)$/.exec(field)!);

/** Names and values by index, 1 to 61. */
export const STATIC_NAMES: readonly string[] = ['', ...parts.map(([, name = '']) => name)];
export const STATIC_VALUES: readonly string[] = ['', ...parts.map(([, , value = '']) => value)];

/** The dynamic table's newest entry has this index (RFC 7541, 2.3.3). */
export const FIRST_DYNAMIC_INDEX: number = STATIC_NAMES.length;

/** What an entry costs beside its characters (RFC 7541, 4.1); a field in a header list too (RFC 9113, 6.5.2). */
export const FIELD_OVERHEAD_BYTES = 32;
