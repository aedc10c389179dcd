# METADATA
# title: The edge
# description: >-
#   Decides for Envoy's ext_authz at the gateway: zones, credentials, the route table, scopes, roles, attributes, hours and
#   step-up. Everything else is denied, with a reason. Only `allow` decides; reasons explain a denial and permit nothing.
# authors:
#   - name: Portcullis
package gateway.authz

import data.gateway.denials
import data.gateway.identity
import data.gateway.rights
import data.gateway.routing
import data.lib.headers
import data.lib.step_up

# METADATA
# title: The decision, with its obligations
# description: >-
#   On an allow: `headers` for the service, what to remove from the request, and `cache-control` for the answer to a sensitive route.
#   On a denial: `http_status` and its headers. `reasons` are for the operator; no body tells a caller more than the status does.
# entrypoint: true
decision := object.union({"allowed": allow, "reasons": reasons, "dynamic_metadata": metadata}, obligations)

# METADATA
# title: Whether the request may pass
# description: >-
#   Only with the headers that say so to the service. With `else`, so that a compiled policy looks at no credential where the
#   route is public.
default allow := false

allow if {
	routing.public
	rights.reachable("anonymous")
	routing.ready
	set_headers["x-auth"] == "anonymous"
} else if {
	rights.reachable(identity.way)
	identity.caller
	count(rights.lacking) == 0
	rights.within_contract
	rights.body_ready
	rights.strong
	rights.granted
	rights.fresh
	routing.ready
	set_headers["x-user"] == identity.caller.subject
	set_headers["x-realm"] == identity.caller.realm
}

# METADATA
# title: Why the request is denied
# description: Empty when it is allowed, never empty when it is denied.
default reasons := ["nothing permits this request"]

reasons := [] if allow

else := sort(denials.all) if count(denials.all) > 0

obligations := {
	"headers": set_headers,
	"request_headers_to_remove": headers.removable(identity_headers, not_passed_on, set_headers),
	"response_headers_to_add": {name: "no-store" | some name in ["cache-control"]; routing.route.sensitive},
} if {
	allow
} else := {
	"http_status": status,
	"headers": denial_headers,
}

# Never passed through from a client: set below, or removed. Services compare x-realm and x-user, for a subject of another
# realm is somebody else.
identity_headers := {"x-user", "x-realm", "x-roles", "x-auth", "x-zone", "x-route", "x-rate-tier", "x-rate-class"}

not_passed_on := {"authorization", "x-api-key"} | headers.overrides

set_headers := headers.settable(object.union(
	{
		"x-zone": routing.origin,
		"x-route": routing.route.name,
		"x-rate-class": object.get(routing.route, "rate", "read"),
	},
	caller_headers,
))

# Who calls a public route is nobody's business, so it is not looked at.
caller_headers := {"x-auth": "anonymous", "x-rate-tier": data.gateway.tiers.anonymous} if {
	routing.public
} else := {
	"x-auth": identity.way,
	"x-user": identity.caller.subject,
	"x-realm": identity.caller.realm,
	"x-roles": identity.caller.roles,
	"x-rate-tier": identity.caller.tier,
}

default status := 403

status := 503 if {
	denials.closed_for_now
} else := 401 if {
	denials.unidentified
} else := 401 if {
	denials.step_up_wanted
}

denial_headers := {"www-authenticate": step_up.challenge(routing.route.step_up)} if {
	denials.step_up_wanted
} else := {"www-authenticate": `Bearer realm="shop", error="invalid_token"`} if {
	status == 401
	identity.way == "token"
} else := {"www-authenticate": `Bearer realm="shop"`} if {
	status == 401
} else := {"www-authenticate": sprintf(`Bearer realm="shop", error="insufficient_scope", scope="%s"`, [scope])} if {
	denials.scopes_wanted
	scope := concat(" ", sort(routing.route.scopes))
} else := {"retry-after": "600"} if {
	status == 503
} else := {}

# METADATA
# title: What is known of the request
# description: For the access log and the rate limiter, as Envoy's dynamic metadata.
metadata["service"] := routing.service_name if routing.service

metadata["route"] := routing.route.name

metadata["zone"] := routing.origin

metadata["subject"] := identity.caller.subject if not routing.public

metadata["realm"] := identity.caller.realm if not routing.public

metadata["tier"] := set_headers["x-rate-tier"]
