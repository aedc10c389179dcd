/** 10 MB of data: what each of many users may do, looked up by the user of a header. */
import { AGENTS } from '../../cache/envelope.ts';
import { generator, type Random, zipf } from '../../distributions.ts';
import { ADDRESS, HEAD, HOST, type PolicySet, pick, type Wish } from './policy-set.ts';

const BYTES = 10_000_000;
const RESOURCES = ['orders', 'invoices', 'customers', 'products', 'shipments', 'reports', 'prices', 'stock'];
const VERBS = ['read', 'write', 'delete', 'approve'];
const METHOD_OF: ReadonlyMap<string, string> = new Map([
  ['read', 'GET'],
  ['write', 'POST'],
  ['delete', 'DELETE'],
]);

const rego = `${HEAD}
verbs := {"GET": "read", "HEAD": "read", "POST": "write", "PUT": "write", "DELETE": "delete"}

allow if {
	permission := concat(":", [split(path, "/")[1], verbs[http.method]])
	permission in data.users[http.headers["x-user"]].permissions
}
`;

interface User {
  readonly name: string;
  readonly permissions: readonly string[];
}

function makeUsers(random: Random): readonly User[] {
  const users: User[] = [];
  for (let bytes = 0; bytes < BYTES; ) {
    const name = `user-${users.length}@shop.example`;
    const permissions = RESOURCES.flatMap((resource) =>
      VERBS.filter(() => random() < 0.4).map((verb) => `${resource}:${verb}`),
    );
    users.push({ name, permissions });
    bytes += JSON.stringify({ [name]: { tenant: 't0', permissions } }).length;
  }
  return users;
}

/** The policy set `permissions`. */
export function permissions(): PolicySet {
  const users = makeUsers(generator(41));
  const rank = zipf(users.length, 1.15);
  const table = Object.fromEntries(
    users.map((user, id) => [user.name, { tenant: `t${id % 10}`, permissions: user.permissions }]),
  );
  return {
    name: 'permissions',
    title: '10 MB of data',
    rego,
    dataJson: JSON.stringify({ users: table }),
    cerbos: 'Cerbos keeps no data: a caller sends attributes along with each question',
    call: (random) => callOf(users[rank(random())]!, random),
  };
}

function callOf(user: User, random: Random): Wish {
  // Most ask for what they may do.
  const askable = user.permissions.filter((each) => METHOD_OF.has(each.split(':')[1]!));
  const asked = askable.length === 0 || random() < 0.05 ? 'reports:delete' : pick(random, askable);
  const [resource, verb] = asked.split(':') as [string, string];
  const method = METHOD_OF.get(verb)!;
  return {
    call: {
      method,
      path: `/${resource}`,
      host: HOST,
      headers: { 'x-user': user.name },
      agent: pick(random, AGENTS),
      extensions: {},
      address: ADDRESS,
    },
    allowed: user.permissions.includes(asked),
  };
}
