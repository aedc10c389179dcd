const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const TIME = '(\\d\\d):(\\d\\d):(\\d\\d)';

/** The three ways of RFC 9110 section 5.6.7: IMF-fixdate, RFC 850, asctime. Groups by name would not sort the fields. */
const IMF = new RegExp(`^(?:Sun|Mon|Tue|Wed|Thu|Fri|Sat), (\\d\\d) (\\w{3}) (\\d{4}) ${TIME} GMT$`);
const RFC_850 = new RegExp(
  `^(?:Sun|Mon|Tues|Wednes|Thurs|Fri|Satur)day, (\\d\\d)-(\\w{3})-(\\d\\d) ${TIME} (?:GMT|UTC)$`,
);
const ASCTIME = new RegExp(`^(?:Sun|Mon|Tue|Wed|Thu|Fri|Sat) (\\w{3}) {1,2}(\\d{1,2}) ${TIME} (\\d{4})$`);

/** Milliseconds since the epoch of a date in a header; undefined for what is none. */
export function parseHttpDate(text: string): number | undefined {
  const imf = IMF.exec(text);
  if (imf !== null) return epochMs(imf[3]!, imf[2]!, imf[1]!, imf.slice(4));
  const rfc850 = RFC_850.exec(text);
  if (rfc850 !== null) {
    // Go's two-digit years begin with 1969.
    const year = Number(rfc850[3]) + (Number(rfc850[3]) >= 69 ? 1900 : 2000);
    return epochMs(`${year}`, rfc850[2]!, rfc850[1]!, rfc850.slice(4));
  }
  const asctime = ASCTIME.exec(text);
  return asctime === null ? undefined : epochMs(asctime[6]!, asctime[1]!, asctime[2]!, asctime.slice(3, 6));
}

function epochMs(year: string, monthName: string, day: string, time: readonly string[]): number | undefined {
  const month = MONTHS.indexOf(monthName);
  const [hours = 0, minutes = 0, seconds = 0] = time.map(Number);
  if (month === -1 || hours > 23 || minutes > 59 || seconds > 59) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(Number(year), month, Number(day));
  return date.getUTCDate() === Number(day) ? date.setUTCHours(hours, minutes, seconds) : undefined;
}
