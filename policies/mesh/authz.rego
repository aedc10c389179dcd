# METADATA
# title: Calls between services
# description: >-
#   Decides for Envoy's ext_authz in the mesh: which identity may call which service, by method and path or by gRPC method, with
#   conditions on headers. Identities come from certificates alone. Everything else is denied, with a reason.
# authors:
#   - name: Portcullis
package mesh.authz

import data.lib.headers
import data.lib.paths
import data.lib.request
import data.lib.spiffe

# METADATA
# title: The decision, with its obligations
# description: >-
#   On an allow the called service learns who calls, as `x-caller`. `dynamic_metadata` names caller, service and rule for the
#   access log.
# entrypoint: true
decision := object.union({"allowed": allow, "reasons": reasons, "dynamic_metadata": metadata}, obligations)

# METADATA
# title: Whether the call may be made
default allow := false

allow if {
	identified
	not quarantined
	count(fitting) > 0
	set_headers["x-caller"] == caller
}

obligations := {
	"headers": set_headers,
	"request_headers_to_remove": headers.removable({"x-caller", "x-caller-rule"}, headers.overrides, set_headers),
} if {
	allow
} else := {"http_status": 403}

set_headers := headers.settable({"x-caller": caller, "x-caller-rule": rule})

# METADATA
# title: The identity of the calling service
# description: As its certificate says; undefined without one of a trusted domain.
caller := callers[0]

# Lists, for what is undefined is not remembered and would be found out anew at every mention.
callers := [request.principal | spiffe.trusted(request.principal, data.mesh.trust_domains)]

# METADATA
# title: The identity of the service that is called
# description: >-
#   From the certificate of the proxy that asks, or from the route's context extension `destination`. Undefined when they differ.
destination := id if {
	count(destinations) == 1
	some id in destinations
}

destinations contains input.attributes.destination.principal if input.attributes.destination.principal != ""

destinations contains request.extensions.destination

default identified := false

identified if {
	caller
	destination
}

# METADATA
# title: Whether the caller may do nothing
# description: >-
#   Whoever is a key of the table or an item of a list, whatever is said there. Everybody while the quarantine cannot be read.
default quarantined := false

quarantined if _ = data.mesh.quarantined[caller]

quarantined if caller in data.mesh.quarantined

quarantined if not can_be_read(data.mesh.quarantined)

can_be_read(quarantine) if is_object(quarantine)

can_be_read(quarantine) if {
	is_array(quarantine)
	every id in quarantine {
		is_string(id)
	}
}

# METADATA
# title: The rules that permit the call, by name
fitting contains candidate.name if {
	some candidate in data.mesh.services[destination].callers[caller]
	fits(candidate)
}

fitting contains candidate.name if {
	some candidate in data.mesh.namespaces[namespace(caller)]
	namespace(destination) in candidate.to
	fits(candidate)
}

# METADATA
# title: The rule that is named to the service and in the log
rule := min(fitting)

namespace(id) := concat("/", [parts.trust_domain, parts.namespace]) if parts := spiffe.parsed(id)

segments := readings[0]

readings := [parts | parts := paths.segments(input)]

# METADATA
# title: Whether a rule fits the request
# description: Never with a word that is not known, which could be a condition that is misspelt.
fits(candidate) if {
	count(object.keys(candidate) - {"grpc", "headers", "methods", "name", "path", "to"}) == 0
	asks_for(candidate)
	conditions := object.get(candidate, "headers", {})
	is_object(conditions)
	every name, condition in conditions {
		header_holds(name, condition)
	}
}

# A path or a gRPC service, never both.
asks_for(candidate) if {
	not "grpc" in object.keys(candidate)
	request.http.method in candidate.methods
	paths.captures(candidate.path, segments)
}

asks_for(candidate) if {
	not "path" in object.keys(candidate)
	[candidate.grpc, method] = grpc_method
	some permitted in candidate.methods
	permitted in {"*", method}
}

# METADATA
# title: The gRPC service and method
# description: A POST with a content type of gRPC and a path of exactly two segments. Undefined for other requests.
grpc_method := segments if {
	request.http.method == "POST"
	regex.match(`^application/grpc(\+[a-z]+)?$`, request.headers["content-type"])
	count(segments) == 2
}

# Names in rules are in lower case, as Envoy writes them: a condition on another name never holds. Nor does one where another
# spelling of the header is there, such as x_dry_run for x-dry-run: servers that take `_` for `-` would read that one. Nor one
# with an unknown operator. The names are looked up as the rules have them, so that a plan shows which headers can matter.
header_holds(name, condition) if {
	name == lower(name)
	spelt := {given | some given, _ in request.headers; same_header(given, name)}
	count(spelt - {name}) == 0
	value_holds(name, condition)
}

same_header(given, wanted) if replace(lower(given), "_", "-") == replace(wanted, "_", "-")

value_holds(name, {"present": true}) if request.headers[name] != ""

value_holds(name, {"absent": true}) if not name in object.keys(request.headers)

value_holds(name, {"equals": value}) if request.headers[name] == value

value_holds(name, {"one_of": values}) if request.headers[name] in values

# METADATA
# title: Why the call is denied
# description: Empty when it is allowed, never empty when it is denied.
default reasons := ["nothing permits this call"]

reasons := [] if allow

else := sort(denials) if count(denials) > 0

denials contains "the caller shows no identity of a trusted domain" if not caller

denials contains "the service that is called is not known, or its signs contradict each other" if not destination

denials contains "the path is missing, or can be read in more than one way" if not segments

denials contains "the caller is quarantined" if quarantined

denials contains "no rule lets this caller ask anything of this service" if {
	identified
	not has_rules
}

denials contains "no rule of this caller fits method, path and headers" if {
	segments
	identified
	has_rules
	count(fitting) == 0
}

default has_rules := false

has_rules if data.mesh.services[destination].callers[caller]

has_rules if {
	some candidate in data.mesh.namespaces[namespace(caller)]
	namespace(destination) in candidate.to
}

# METADATA
# title: What is known of the call
# description: For the access log, as Envoy's dynamic metadata.
metadata["caller"] := caller

metadata["destination"] := destination

metadata["rule"] := rule if allow
