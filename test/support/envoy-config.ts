/** Envoy configurations for tests, as objects. Names and meanings are those of Envoy's v3 API. */

export type Block = Readonly<Record<string, unknown>>;

const TYPES = 'type.googleapis.com/envoy';
const typed = (type: string, fields: Block = {}): Block => ({ '@type': `${TYPES}.${type}`, ...fields });

/** In the folder that Envoy runs in. */
export const ACCESS_LOG = 'access.jsonl';
/** Where a filter's questions go. */
export const PDP = 'portcullis';
/** Where requests go that name no other cluster. */
export const UPSTREAM = 'upstream';

export interface ListenerOptions {
  /** Fields of the ext_authz filter, over those of `extAuthz`. */
  readonly authz?: Block;
  /** Every path goes to the upstream when left out. */
  readonly routes?: readonly Block[];
  /** Envoy's own protection against ambiguous paths and header names; true when left out. */
  readonly hardened?: boolean;
  /** Fields of the connection manager, over those set here. */
  readonly manager?: Block;
  /** Wants a certificate of every client. */
  readonly tls?: { readonly certFile: string; readonly keyFile: string; readonly caFile: string };
}

export interface TlsToPdp {
  readonly caFile: string;
  /** The name that the server's certificate has to hold. */
  readonly serverName: string;
  readonly certFile?: string;
  readonly keyFile?: string;
}

/** The admin interface and the listeners are bound to free ports. */
export function bootstrap(listeners: readonly Block[], clusters: readonly Block[]): Block {
  return { admin: { address: socketAddress(0) }, static_resources: { listeners, clusters } };
}

const socketAddress = (port: number): Block => ({
  socket_address: { address: '127.0.0.1', port_value: port },
});

const HARDENED: Block = {
  normalize_path: true,
  merge_slashes: true,
  path_with_escaped_slashes_action: 'REJECT_REQUEST',
  common_http_protocol_options: { headers_with_underscores_action: 'REJECT_REQUEST' },
};

/** Lets every trick reach the decision point. */
const SOFT: Block = {
  normalize_path: false,
  merge_slashes: false,
  path_with_escaped_slashes_action: 'KEEP_UNCHANGED',
  common_http_protocol_options: { headers_with_underscores_action: 'ALLOW' },
};

/** The ext_authz fields that ask another cluster, or ask it otherwise. */
export function asking(clusterName: string, service: Block = {}): Block {
  return { grpc_service: { envoy_grpc: { cluster_name: clusterName }, timeout: '20s', ...service } };
}

/** The ext_authz filter as the documents recommend it, but for a timeout that a busy machine keeps. */
function extAuthz(fields: Block = {}): Block {
  return {
    name: 'envoy.filters.http.ext_authz',
    typed_config: typed('extensions.filters.http.ext_authz.v3.ExtAuthz', {
      transport_api_version: 'V3',
      ...asking(PDP),
      validate_mutations: true,
      ...fields,
    }),
  };
}

/** A listener whose name tells tests its port. */
export function listener(name: string, options: ListenerOptions = {}): Block {
  const manager = typed('extensions.filters.network.http_connection_manager.v3.HttpConnectionManager', {
    stat_prefix: name,
    codec_type: 'AUTO',
    use_remote_address: true,
    ...(options.hardened === false ? SOFT : HARDENED),
    access_log: [jsonLog(name)],
    route_config: {
      virtual_hosts: [{ name, domains: ['*'], routes: options.routes ?? [route({ prefix: '/' })] }],
    },
    http_filters: [
      extAuthz(options.authz),
      {
        name: 'envoy.filters.http.router',
        typed_config: typed('extensions.filters.http.router.v3.Router'),
      },
    ],
    ...options.manager,
  });
  const filters = [{ name: 'envoy.filters.network.http_connection_manager', typed_config: manager }];
  const chain =
    options.tls === undefined ? { filters } : { filters, transport_socket: clientTls(options.tls) };
  return { name, address: socketAddress(0), filter_chains: [chain] };
}

const clientTls = ({ certFile, keyFile, caFile }: NonNullable<ListenerOptions['tls']>): Block => ({
  name: 'envoy.transport_sockets.tls',
  typed_config: typed('extensions.transport_sockets.tls.v3.DownstreamTlsContext', {
    require_client_certificate: true,
    common_tls_context: {
      tls_certificates: [{ certificate_chain: { filename: certFile }, private_key: { filename: keyFile } }],
      validation_context: { trusted_ca: { filename: caFile } },
    },
  }),
});

/** A route to `cluster`; `extensions` become the check's `context_extensions`, `action` fields of its action. */
export function route(
  match: Block,
  options: {
    readonly cluster?: string;
    readonly extensions?: Readonly<Record<string, string>>;
    readonly perRoute?: Block;
    readonly action?: Block;
  } = {},
): Block {
  const { cluster = UPSTREAM, extensions, action } = options;
  const perRoute = options.perRoute ?? (extensions && { check_settings: { context_extensions: extensions } });
  return {
    match,
    route: { cluster, timeout: '0s', ...action },
    ...(perRoute && {
      typed_per_filter_config: {
        'envoy.filters.http.ext_authz': typed(
          'extensions.filters.http.ext_authz.v3.ExtAuthzPerRoute',
          perRoute,
        ),
      },
    }),
  };
}

export interface ClusterOptions {
  readonly http2?: boolean;
  readonly tls?: TlsToPdp;
  /** Ports of more endpoints. */
  readonly others?: readonly number[];
  /** More of its fields. */
  readonly fields?: Block;
}

/** A cluster of endpoints on loopback. */
export function cluster(name: string, port: number, options: ClusterOptions = {}): Block {
  const { tls, others = [] } = options;
  return {
    name,
    type: 'STATIC',
    connect_timeout: '5s',
    load_assignment: {
      cluster_name: name,
      endpoints: [
        { lb_endpoints: [port, ...others].map((each) => ({ endpoint: { address: socketAddress(each) } })) },
      ],
    },
    ...(options.http2 && {
      typed_extension_protocol_options: {
        'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': typed(
          'extensions.upstreams.http.v3.HttpProtocolOptions',
          { explicit_http_config: { http2_protocol_options: {} } },
        ),
      },
    }),
    ...(tls && { transport_socket: tlsSocket(tls) }),
    ...options.fields,
  };
}

function tlsSocket({ caFile, serverName, certFile, keyFile }: TlsToPdp): Block {
  const own = certFile && { certificate_chain: { filename: certFile }, private_key: { filename: keyFile } };
  const names = [{ san_type: 'DNS', matcher: { exact: serverName } }];
  return {
    name: 'envoy.transport_sockets.tls',
    typed_config: typed('extensions.transport_sockets.tls.v3.UpstreamTlsContext', {
      sni: serverName,
      common_tls_context: {
        ...(own && { tls_certificates: [own] }),
        validation_context: { trusted_ca: { filename: caFile }, match_typed_subject_alt_names: names },
      },
    }),
  };
}

/** What the tests read of each request. `tag` is the request's own `x-test`. */
function jsonLog(listenerName: string): Block {
  return {
    name: 'envoy.access_loggers.file',
    typed_config: typed('extensions.access_loggers.file.v3.FileAccessLog', {
      path: ACCESS_LOG,
      log_format: {
        json_format: {
          listener: listenerName,
          tag: '%REQ(X-TEST)%',
          path: '%REQ(:PATH)%',
          code: '%RESPONSE_CODE%',
          details: '%RESPONSE_CODE_DETAILS%',
          flags: '%RESPONSE_FLAGS%',
          metadata: '%DYNAMIC_METADATA(envoy.filters.http.ext_authz)%',
          shadow: '%FILTER_STATE(envoy.filters.http.ext_authz.shadow)%',
        },
      },
    }),
  };
}
