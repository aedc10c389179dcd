# METADATA
# title: The request as Envoy describes it
# description: >-
#   Names for the parts of an ext_authz input that other packages need. What the caller says of itself (headers, path) and
#   what the operator says of the route (context extensions) come from different places and never mix.
package lib.request

http := input.attributes.request.http

# METADATA
# title: Request headers, by their names in lower case
# description: Empty without headers. Where a header came several times, Envoy joins its values with commas.
default headers := {}

headers := http.headers if is_object(http.headers)

# METADATA
# title: What the operator's route says
# description: Envoy's context_extensions. A client cannot set them.
default extensions := {}

extensions := input.attributes.contextExtensions if is_object(input.attributes.contextExtensions)

# METADATA
# title: The caller's identity, taken from its certificate by Envoy
# description: Undefined without mutual TLS. `source.service` is never used, for a client can set it by a header.
principal := input.attributes.source.principal if input.attributes.source.principal != ""

# METADATA
# title: The parsed body, only when all of it was inspected
# description: Undefined for a body that was cut, not sent along or not parsed. An empty body is not a body.
body := input.parsed_body if {
	input.body.state == "complete"
	not input.truncated_body
	input.parsed_body != null
}
