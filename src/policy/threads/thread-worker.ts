/** The file that policy threads start with. */
import { BUILTINS } from '../builtins/registry.ts';
import { serveThread } from './serve-thread.ts';

await serveThread(BUILTINS);
