/** Fetches the tools that tests and builds use. Without them it says what is left out; under CI that is a failure. */
import { opaTool } from '../src/authoring/opa-tool.ts';
import { environment } from '../src/config/environment.ts';

try {
  await opaTool({ onInstall: (message) => console.error(message) });
} catch (error) {
  console.error(`${(error as Error).message}
Left out without it: every test that compiles or evaluates Rego with the real OPA (policy host, bundles,
interoperation, policies, build, dev) will fail. Running the server with the bundle in bundles/ needs no OPA.
See docs/tools.md.`);
  if (environment['CI'] !== undefined && environment['CI'] !== 'false') process.exitCode = 1;
}
