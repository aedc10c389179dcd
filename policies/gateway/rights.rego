# METADATA
# title: What a caller may do
# description: >-
#   The checks on an accepted caller: zones, scopes, roles with their conditions and hours, the body and the sign-in. Each is a
#   rule of its own, so that `allow` demands them all and the reasons name the one that failed.
package gateway.rights

import data.gateway.identity
import data.gateway.routing
import data.lib.abac
import data.lib.api_keys
import data.lib.hours
import data.lib.rbac
import data.lib.request
import data.lib.step_up
import data.lib.tokens
import data.lib.zones

# METADATA
# title: The zone of the caller may reach that of the service in this way
reachable(way) if zones.permits(data.gateway.flows, routing.origin, routing.service.zone, way)

# METADATA
# title: The scopes that the token lacks
# description: Only tokens have scopes. What an API key may do is in its record.
lacking := {scope | some scope in object.get(routing.route, "scopes", [])} - tokens.scopes(identity.claims) if {
	identity.way == "token"
} else := set() if {
	identity.way != "token"
}

# METADATA
# title: The partner's record permits the path
default within_contract := false

within_contract if identity.way != "api_key"

within_contract if {
	api_keys.permits(identity.partner, routing.service_name, request.http.method, routing.segments)
}

grants := rbac.grants(identity.caller.roles, routing.route.name, data.gateway.roles)

# The realm says who vouches for the caller: a subject is somebody only together with it.
facts := object.union(
	{"claims": identity.caller.claims, "realm": identity.caller.realm, "path": routing.captures},
	body,
)

body := {"body": request.body} if {
	request.body
} else := {}

# METADATA
# title: The roles that permit the operation under all their conditions
fitting contains role if {
	some role, grant in grants
	understood(grant)
	every condition in object.get(grant, "where", []) {
		abac.holds(condition, facts)
	}
}

# METADATA
# title: Whether all words and values of a grant are known
# description: One that is not could be a condition that is misspelt.
understood(grant) if {
	every word, value in grant {
		word in {"hours", "where"}
		is_array(value)
	}
}

# METADATA
# title: One of them permits it at this hour
# description: The clock is read only where no role permits it at any hour.
default granted := false

granted if {
	some role in fitting
	not grants[role].hours
} else if {
	some role in fitting
	hours.open(data.gateway.offices[abac.at(facts, grants[role].hours)], time.now_ns())
}

# METADATA
# title: The body is there where the route needs it
default body_ready := false

body_ready if not routing.route.needs_body

body_ready if request.body

# METADATA
# title: The sign-in is strong enough for the route
default strong := false

strong if not routing.route.step_up

strong if step_up.strong(routing.route.step_up, identity.caller.claims)

# METADATA
# title: The sign-in is recent enough for the route
default fresh := false

fresh if not routing.route.step_up

fresh if step_up.fresh(routing.route.step_up, identity.caller.claims)
