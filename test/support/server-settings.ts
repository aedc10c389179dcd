import { environment } from '../../src/config/environment.ts';

/**
 * Settings that every server of a test run gets, after those of its test: `path=value`, separated by spaces, from the variable
 * TEST_SERVER_SETTINGS. So the same tests are run with another transport, or with several workers.
 */
export const SERVER_SETTINGS: readonly string[] = (environment['TEST_SERVER_SETTINGS'] ?? '')
  .split(' ')
  .filter((setting) => setting !== '');

/** The same as arguments of the command. */
export const SERVER_ARGUMENTS: readonly string[] = SERVER_SETTINGS.flatMap((setting) => ['--set', setting]);
