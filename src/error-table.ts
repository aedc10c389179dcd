/** Code: gRPC status, HTTP status, help, and whether the same call may succeed later. */
export const ERROR_TABLE = {
  // Calls
  invalid_request: ['INVALID_ARGUMENT', 400, 'Send the request as the API describes it.'],
  not_found: ['NOT_FOUND', 404, 'Check the name against /v1/status.'],
  unauthenticated: ['UNAUTHENTICATED', 401, 'Present a client certificate that the listener trusts.'],
  forbidden: [
    'PERMISSION_DENIED',
    403,
    'Add the caller, method and policy set to `clients` in the configuration.',
  ],
  unimplemented: ['UNIMPLEMENTED', 404, 'Call a method that this server offers; ask its reflection service.'],
  over_limit: ['RESOURCE_EXHAUSTED', 413, 'Send less at once, or raise the limit in the configuration.'],
  overloaded: ['UNAVAILABLE', 503, 'Try again with back-off; add capacity when it lasts.', 'retry'],
  deadline_exceeded: [
    'DEADLINE_EXCEEDED',
    504,
    'Give the call more time, or make the policy cheaper.',
    'retry',
  ],
  cancelled: ['CANCELLED', 499, 'The caller went away; nothing to do.'],
  internal: ['INTERNAL', 500, 'A defect in Portcullis: report it with the decision id and the log.'],

  // Decisions
  not_ready: [
    'UNAVAILABLE',
    503,
    'Wait until a verified bundle is active; see /v1/status for what is missing.',
    'retry',
  ],
  unknown_policy_set: ['NOT_FOUND', 404, 'Ask one of the policy sets in the configuration.'],
  unknown_entrypoint: ['NOT_FOUND', 404, 'Ask an entrypoint that the bundle or the configuration declares.'],
  evaluation_failed: [
    'INTERNAL',
    500,
    'Two rules contradict each other, or a builtin halted: test the policy with this input.',
  ],
  evaluation_conflict: [
    'INTERNAL',
    500,
    'Two rules contradict each other for this input: test the policy with it.',
  ],
  evaluation_limit: ['RESOURCE_EXHAUSTED', 500, 'The policy needs more memory than allowed for this input.'],

  obligations_invalid: [
    'INTERNAL',
    500,
    'Let the policy answer what the caller can carry out; the message names the place. See docs/envoy.md.',
  ],
  path_ambiguous: [
    'INVALID_ARGUMENT',
    400,
    'Send a path that every server reads alike, or let policies judge: `extAuthz.ambiguousPaths: pass`.',
  ],
  header_ambiguous: [
    'INVALID_ARGUMENT',
    400,
    'Send no header that differs from an identity header only by `_` for `-`.',
  ],

  // JSON
  json_invalid: ['INVALID_ARGUMENT', 400, 'Send valid JSON in UTF-8; the message names the place.'],
  json_duplicate_key: ['INVALID_ARGUMENT', 400, 'Name each key of an object once.'],
  json_number_too_large: [
    'INVALID_ARGUMENT',
    400,
    'Send numbers between 2^-100000 and 2^100000; OPA takes no others either.',
  ],
  json_too_deep: ['RESOURCE_EXHAUSTED', 413, 'Nest less deeply, or raise the limit.'],
  json_too_large: ['RESOURCE_EXHAUSTED', 413, 'Send a smaller document, or raise the limit.'],

  // Configuration and tools
  config_invalid: [
    'FAILED_PRECONDITION',
    500,
    'Mend each place that the message names; see docs/configuration.md.',
  ],
  usage: ['INVALID_ARGUMENT', 400, 'See `portcullis help`.'],
  io_failed: ['UNAVAILABLE', 503, 'Check that the file or socket exists and may be used.', 'retry'],
  opa_unavailable: [
    'UNAVAILABLE',
    503,
    'Install OPA 1.22.2, or Go so that it can be built; see docs/tools.md.',
  ],
  build_failed: ['FAILED_PRECONDITION', 422, 'Mend the policy where the compiler points.'],
  tests_failed: ['FAILED_PRECONDITION', 422, 'Mend the policy or the expectation.'],

  // Keys
  key_invalid: [
    'FAILED_PRECONDITION',
    422,
    'Give a PEM key, a PEM certificate or a JWK that fits the algorithm.',
  ],

  // Archives
  archive_not_gzip: ['FAILED_PRECONDITION', 422, 'Give a gzip-compressed tar archive.'],
  archive_truncated: [
    'FAILED_PRECONDITION',
    422,
    'The archive ends too early: copy it again, and replace it by renaming.',
  ],
  archive_invalid: ['FAILED_PRECONDITION', 422, 'Build the archive with `portcullis build` or `opa build`.'],
  archive_too_large: [
    'FAILED_PRECONDITION',
    422,
    'Make the bundle smaller, or raise `limits.bundle.maxInflatedBytes`.',
  ],
  archive_file_too_large: [
    'FAILED_PRECONDITION',
    422,
    'Make the file smaller, or raise `limits.bundle.maxFileBytes`.',
  ],
  archive_too_many_entries: [
    'FAILED_PRECONDITION',
    422,
    'Put fewer files into the bundle, or raise `limits.bundle.maxEntries`.',
  ],
  archive_path_too_long: ['FAILED_PRECONDITION', 422, 'Use shorter paths in the bundle.'],
  archive_path_invalid: [
    'FAILED_PRECONDITION',
    422,
    'Use paths in UTF-8 without control characters or backslashes.',
  ],
  archive_path_absolute: [
    'FAILED_PRECONDITION',
    422,
    'Use paths that are relative to the root of the bundle.',
  ],
  archive_path_traversal: ['FAILED_PRECONDITION', 422, 'Use paths without `.` and `..` segments.'],
  archive_link: ['FAILED_PRECONDITION', 422, 'Put the file itself into the bundle, not a link to it.'],
  archive_entry_type: ['FAILED_PRECONDITION', 422, 'Only regular files belong into a bundle.'],
  archive_duplicate_entry: ['FAILED_PRECONDITION', 422, 'Name each file once.'],

  // Signatures
  signature_missing: [
    'FAILED_PRECONDITION',
    422,
    'Sign the bundle, or write `unsigned: allow` for it in the configuration.',
  ],
  signature_no_key: ['FAILED_PRECONDITION', 422, 'Configure the key that the bundle is signed with.'],
  signature_file_duplicate: ['FAILED_PRECONDITION', 422, 'Keep one `.signatures.json` in the bundle.'],
  signature_file_invalid: ['FAILED_PRECONDITION', 422, 'Sign the bundle anew with `portcullis sign`.'],
  signature_count: ['FAILED_PRECONDITION', 422, 'A bundle carries exactly one signature.'],
  signature_algorithm_forbidden: [
    'FAILED_PRECONDITION',
    422,
    'Sign with RS, PS, ES or HS 256/384/512 or EdDSA.',
  ],
  signature_algorithm_mismatch: [
    'FAILED_PRECONDITION',
    422,
    'The algorithm is the one configured for the key; sign with it.',
  ],
  signature_key_unknown: [
    'FAILED_PRECONDITION',
    422,
    'Sign with a key that the configuration names for this bundle.',
  ],
  signature_invalid: [
    'FAILED_PRECONDITION',
    422,
    'The bundle was changed after signing, or signed with another key.',
  ],
  signature_scope_mismatch: [
    'FAILED_PRECONDITION',
    422,
    'Sign with the scope that the configuration asks for.',
  ],
  signature_payload_invalid: ['FAILED_PRECONDITION', 422, 'Sign the bundle anew with `portcullis sign`.'],
  signature_hash_algorithm: [
    'FAILED_PRECONDITION',
    422,
    'Sign with SHA-256, SHA-384 or SHA-512 file hashes.',
  ],
  signature_hash_mismatch: [
    'FAILED_PRECONDITION',
    422,
    'The file was changed after signing: build and sign anew.',
  ],
  signature_file_unlisted: [
    'FAILED_PRECONDITION',
    422,
    'The file was added after signing: build and sign anew.',
  ],
  signature_file_missing: [
    'FAILED_PRECONDITION',
    422,
    'The file was removed after signing: build and sign anew.',
  ],

  // Bundles
  bundle_manifest_missing: [
    'FAILED_PRECONDITION',
    422,
    'Build the bundle with `portcullis build` or `opa build`.',
  ],
  bundle_manifest_invalid: ['FAILED_PRECONDITION', 422, 'Mend the manifest where the message points.'],
  bundle_data_invalid: ['FAILED_PRECONDITION', 422, 'Mend the data file where the message points.'],
  bundle_data_conflict: ['FAILED_PRECONDITION', 422, 'Define each data path in one file.'],
  bundle_data_too_large: [
    'FAILED_PRECONDITION',
    422,
    'Make the data smaller, or raise the memory of a module: it holds some 15 bytes for each byte of JSON.',
  ],
  bundle_delta: [
    'FAILED_PRECONDITION',
    422,
    'Delta bundles cannot be signed and are refused; send whole bundles.',
  ],
  bundle_cross_reference: [
    'FAILED_PRECONDITION',
    422,
    'Put policies that use each other’s rules into one bundle.',
  ],
  bundle_roots_overlap: ['FAILED_PRECONDITION', 422, 'Give each bundle of a policy set roots of its own.'],
  bundle_outside_roots: [
    'FAILED_PRECONDITION',
    422,
    'Put data and packages inside the roots that the manifest declares.',
  ],
  bundle_module_missing: [
    'FAILED_PRECONDITION',
    422,
    'Build the bundle for the wasm target with at least one entrypoint.',
  ],
  bundle_module_invalid: [
    'FAILED_PRECONDITION',
    422,
    'Build the module with OPA 0.35 or newer (ABI 1.2 or 1.3).',
  ],
  bundle_digest_mismatch: [
    'FAILED_PRECONDITION',
    422,
    'Module and plan must be those that the manifest names: build anew.',
  ],
  bundle_digest_unbound: [
    'FAILED_PRECONDITION',
    422,
    'The manifest must bind the digests of module and plan: build with `portcullis build`.',
  ],
  bundle_plan_invalid: [
    'FAILED_PRECONDITION',
    422,
    'The plan is none that this version reads: build it with the OPA that `portcullis build` uses.',
  ],
  bundle_plan_missing: [
    'FAILED_PRECONDITION',
    422,
    'Build the bundle with `portcullis build`, which binds a plan, or let the module answer the entrypoint.',
  ],
  bundle_builtin_unknown: [
    'FAILED_PRECONDITION',
    422,
    'Remove the builtin from the policy; see docs/builtins.md for those offered.',
  ],
  bundle_entrypoint_unknown: [
    'FAILED_PRECONDITION',
    422,
    'Declare the entrypoint when building, or correct the configuration.',
  ],
  bundle_entrypoint_conflict: [
    'FAILED_PRECONDITION',
    422,
    'Offer each entrypoint from one bundle of the policy set only.',
  ],
  bundle_sequence_rollback: [
    'FAILED_PRECONDITION',
    422,
    'Build with a sequence number not below what was active.',
  ],
  bundle_vectors_invalid: ['FAILED_PRECONDITION', 422, 'Mend the decision vectors where the message points.'],
  bundle_vectors_failed: [
    'FAILED_PRECONDITION',
    422,
    'The module does not answer as the vectors say: mend policy or vectors.',
  ],
  bundle_footprint_wrong: [
    'FAILED_PRECONDITION',
    422,
    'Cached answers could be wrong: build module and plan from the same sources; report it if `portcullis build` made them.',
  ],
  bundle_evaluators_differ: [
    'FAILED_PRECONDITION',
    422,
    'Build module and plan from the same sources; if they are, let the plan answer the entrypoint: see docs/plan-evaluator.md.',
  ],
  bundle_preparation_failed: [
    'UNAVAILABLE',
    503,
    'The bundle takes more memory or time to check than there is; what was active stays. See docs/limits.md.',
    'retry',
  ],
  bundle_smoke_failed: [
    'FAILED_PRECONDITION',
    422,
    'The module fails on first use: build it anew with the pinned OPA.',
  ],
} as const;
