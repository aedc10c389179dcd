/** Policies and questions that several benchmarks measure: roles and paths as a gateway has them, and a look-up of roles. */

/** What `opa build` takes, the base data as JSON text, and an input that the rule allows. */
export interface BenchPolicy {
  readonly rego: string;
  readonly entrypoints: readonly string[];
  readonly data: string;
}

/** Grants of a user's roles, found in the base data. */
export const ROLE_LOOKUP: BenchPolicy = {
  rego: `package rbac
default allow := false
allow if {
  some role in data.users[input.user].roles
  some grant in data.roles[role]
  grant.action == input.action
  grant.type == input.type
}
`,
  entrypoints: ['rbac/allow'],
  data: JSON.stringify({
    users: Object.fromEntries(
      Array.from({ length: 1000 }, (_, user) => [`u${user}`, { roles: [`r${user % 5}`, 'guest'] }]),
    ),
    roles: Object.fromEntries(
      Array.from({ length: 5 }, (_, role) => [
        `r${role}`,
        Array.from({ length: 20 }, (_unused, grant) => ({ action: `a${grant}`, type: 'dog' })),
      ]),
    ),
  }),
};

/** An ext_authz check decided by a role in a header, methods, and globs over the path. */
export const ROLES_AND_PATHS: BenchPolicy = {
  rego: `package envoy.authz
default allow := false
http := input.attributes.request.http
path := split(http.path, "?")[0]
allow if glob.match("/public/**", ["/"], path)
allow if {
  some role in data.users[http.headers["x-user"]]
  some grant in data.grants[role]
  http.method in grant.methods
  glob.match(grant.path, ["/"], path)
}
deny_admin if {
  regex.match("^/admin(/|$)", path)
  not "admin" in data.users[http.headers["x-user"]]
}
decision if {
  allow
  not deny_admin
}
`,
  entrypoints: ['envoy/authz/allow', 'envoy/authz/decision'],
  data: JSON.stringify({
    users: Object.fromEntries(
      Array.from({ length: 100 }, (_, user) => [
        `u${user}`,
        user % 10 === 0 ? ['admin'] : ['reader', 'buyer'],
      ]),
    ),
    grants: {
      admin: [{ methods: ['GET', 'POST', 'PUT', 'DELETE'], path: '/**' }],
      reader: [
        { methods: ['GET'], path: '/catalogue/**' },
        { methods: ['GET'], path: '/orders/*' },
      ],
      buyer: [
        { methods: ['GET', 'POST'], path: '/orders/*/items' },
        { methods: ['GET', 'POST', 'DELETE'], path: '/baskets/*/items/{add,remove,list}' },
      ],
    },
  }),
};

/** `count` rules of who may call whom, as many clauses of one rule. */
export function serviceRules(count: number): BenchPolicy {
  const clauses = Array.from(
    { length: count },
    (_, rule) =>
      `allow if { input.source == "svc-${rule}"; input.destination == "svc-${(rule * 7) % count}"; input.method == "GET" }`,
  );
  return {
    rego: `package services\ndefault allow := false\n${clauses.join('\n')}\n`,
    entrypoints: ['services/allow'],
    data: '{}',
  };
}

/** The same rules as base data, looked up by the two names. */
export function serviceTable(count: number): BenchPolicy {
  return {
    rego: `package services
default allow := false
allow if input.method in data.calls[input.source][input.destination]
`,
    entrypoints: ['services/allow'],
    data: JSON.stringify({
      calls: Object.fromEntries(
        Array.from({ length: count }, (_, rule) => [
          `svc-${rule}`,
          { [`svc-${(rule * 7) % count}`]: ['GET'] },
        ]),
      ),
    }),
  };
}

/** A bearer token signed by one of the keys of a set, and a role in its claims. Put the key set in place of `data.jwks`. */
export function tokenRoles(jwks: string): BenchPolicy {
  return {
    rego: `package tokens
default allow := false
token := substring(input.attributes.request.http.headers.authorization, 7, -1)
claims := payload if {
  [valid, _, payload] := io.jwt.decode_verify(token, {"cert": data.jwks, "iss": "https://idp.example", "aud": "api"})
  valid
}
allow if {
  some role in claims.roles
  input.attributes.request.http.method in data.methods[role]
  glob.match("/orders/**", ["/"], input.attributes.request.http.path)
}
`,
    entrypoints: ['tokens/allow'],
    data: JSON.stringify({ jwks, methods: { reader: ['GET'], buyer: ['GET', 'POST'] } }),
  };
}
