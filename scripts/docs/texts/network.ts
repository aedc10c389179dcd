/** The section of docs/builtins.md about the network. */
export const NETWORK = `## The network

\`http.send\` and \`net.lookup_ip_addr\` are off: a bundle that calls them is refused when it is loaded, until the operator lists
the hosts that policies may reach.

\`\`\`yaml
network:
  hosts:
    idp:
      host: idp.example.com               # a name, *.suffix or an address; https on port 443
    inventory:
      host: inventory.internal
      schemes: [http]                     # https unless it says otherwise
      ports: [8080]
      addresses: [10.20.0.0/16]           # where the name may lead, beside public addresses
      methods: [GET]
      redirectsTo: [inventory]            # none by default
      policySets: [shop]                  # all by default
  maxTimeout: 2s                          # of one request
\`\`\`

[configuration.md](configuration.md#network) has all fields.

**What is checked, for each request and each redirect**: host, scheme, port, method and policy set against the list; then the addresses
that the name leads to. Loopback, link-local (so the metadata services of clouds), private, carrier-grade NAT, multicast, reserved and
documentation addresses are refused, and those of IPv6 that stand for one of IPv4 (mapped, NAT64, 6to4, Teredo), unless \`addresses\`
has them. The connection goes to an address that was checked; the name is not looked up again, so a name server that answers
differently the second time gains nothing. A URL is read once, and what was read is what is connected to. Hosts are written in ASCII
(\`xn--…\` for others), addresses in their usual form: \`2130706433\` and \`0x7f.1\` are no hosts. Names in a \`Host\` header must be
listed as well, for the same scheme, port and method. A request that is not permitted is an error of the builtin: undefined, or with \`raise_error: false\` an error
object with \`eval_http_send_internal_error\`.

**While a policy waits**: its evaluation is in a thread of its own, so others are answered meanwhile. At the deadline of the
decision the request is given up, the thread is replaced where it has to be, and the answer is a denial. A thread waits for one
decision: as many as \`evaluation.maxThreads\` of a policy set wait at once, the next ones queue. When a bundle is loaded, its vectors and one evaluation without input ask the
network in earnest.

**Limits**: \`network.maxTimeout\` for each attempt, whatever \`timeout\` asks for; answers of \`maxResponseBytes\`, counted when they are
decompressed; request bodies of \`maxRequestBytes\`; 64 KiB for the URL, the headers that are sent, and those that come back; 10 redirects;
\`maxConcurrent\` requests under way; two look-ups at a time. Beyond a limit the call errs.

**Caching** is OPA's: equal requests of one evaluation are sent once; with \`cache\` or \`force_cache\` answers are kept from one evaluation to
the next, by \`Cache-Control\`, \`Expires\`, \`ETag\` and \`Last-Modified\`, within \`maxCacheBytes\`, each policy set for itself. Decisions that
asked the network are not in the decision cache.

**The decision log** records each call: method, URL without user and query, names of headers and the values of harmless ones, status, and the
SHA-256 of the answer's body. Bodies, keys and other values are not in it.

**Differences from OPA's \`http.send\`**:

- \`tls_ca_cert_file\`, \`tls_client_cert_file\`, \`tls_client_key_file\` and their \`_env_variable\` forms are errors: a policy does not read the
  server's files and variables. The operator names files in \`network.hosts\`. \`tls_insecure_skip_verify\` needs \`allowInsecureTls\` there.
- Requests to Unix sockets (\`unix://\`) and through proxies (\`HTTP_PROXY\` and the like) are not made. \`HTTP_SEND_TIMEOUT\` is not read.
- HTTP/1.1 only, and a connection of its own for each request. \`Connection\`, \`Upgrade\`, \`Expect\` and \`TE\` headers are not sent.
- Certificates are verified by the runtime's own authorities unless the host has a \`caFile\` or the policy says otherwise;
  \`tls_use_system_certs\` takes the system's. OPA takes the system's by default.
- Redirects: no \`Referer\`; credentials stay with the same host and scheme, where OPA gives them to subdomains too; what the policy gave for
  TLS holds for the first host only; at most 10, where OPA goes on until the timeout.
- Where a request is sent again (\`max_retry_attempts\`), its body is sent again; OPA sends none the second time and fails.
- Spaces in a query are sent as \`%20\`; OPA sends them as they are. The user agent is \`Portcullis/…\`.
- Bytes that are not UTF-8 in an answer are U+FFFD in \`raw_body\` and \`body\`. JSON nested 1,000 levels deep is an error.
- Messages in error objects do not begin with the place in the policy, and some causes are told in other words than Go's.
- \`headers\` that are no object are an error where OPA panics (with \`cache_ignored_headers\`).

\`net.lookup_ip_addr\` looks up the listed hosts and the names in \`network.lookups\`, by the system's resolver; an address is its own. It gives
all addresses of the name, also such as \`http.send\` would not connect to. A look-up that takes longer than \`maxTimeout\` fails the
evaluation, as in OPA.`;
