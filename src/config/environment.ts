/** The process's environment. The only place that reads it: every other part is given what it needs. */
export type Environment = Readonly<Record<string, string | undefined>>;

export const environment: Environment = process.env;
