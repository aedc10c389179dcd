# METADATA
# title: Why a request is denied
# description: >-
#   For the operator's logs. Nothing here permits anything: `allow` never reads it, and each reason is the negation of one of
#   the conditions of `allow`. Later checks are named only where the earlier ones hold.
package gateway.denials

import data.gateway.identity
import data.gateway.rights
import data.gateway.routing
import data.lib.abac

# METADATA
# title: The reasons, in words
all contains "the path is missing, or can be read in more than one way" if not routing.segments

all contains "the route does not say to which of the services it leads" if not routing.service

all contains "the service has no route with this method and path" if {
	routing.segments
	routing.service
	not routing.route
}

all contains "the route's entry has a word or value that is not known" if {
	routing.route
	not routing.understood
}

all contains "the trust zone is not known, or its signs contradict each other" if not routing.origin

all contains sprintf("nothing reaches the %s zone from the %s zone", [routing.service.zone, routing.origin]) if {
	located
	not open_pair
}

all contains sprintf("the %s zone is not reached from the %s zone by: %s", [
	routing.service.zone,
	routing.origin,
	identity.way,
]) if {
	open_pair
	not unidentified
	not passes_zones
}

all contains identity.problem if unidentified

all contains sprintf("the token lacks the scope %s", [scope]) if {
	identified
	some scope in rights.lacking
}

all contains "the partner's contract does not cover this" if {
	identified
	not rights.within_contract
}

all contains "no role of the caller may do this" if {
	identified
	count(rights.grants) == 0
}

all contains "the role's grant has a word or value that is not known" if {
	identified
	some grant in rights.grants
	not rights.understood(grant)
}

all contains "the body is needed, and was not given in full" if {
	identified
	not rights.body_ready
}

all contains reason if {
	identified
	rights.body_ready
	count(rights.fitting) == 0
	some grant in rights.grants
	some reason in abac.failures(object.get(grant, "where", []), rights.facts)
}

all contains "outside business hours" if {
	identified
	count(rights.fitting) > 0
	not rights.granted
}

all contains "the sign-in is not strong enough" if {
	identified
	not rights.strong
}

all contains "the sign-in is too long ago" if {
	identified
	rights.strong
	not rights.fresh
}

all contains "the service is down for maintenance" if closed_for_now

all contains "the operation is frozen for now" if {
	acceptable
	routing.frozen
}

# METADATA
# title: A credential would help (401)
default unidentified := false

unidentified if {
	open_pair
	not passes_zones
	identity.way in {"anonymous", "ambiguous"}
}

unidentified if {
	passes_zones
	not routing.public
	not identity.caller
}

# METADATA
# title: Signing in again would help (401, RFC 9470)
default step_up_wanted := false

step_up_wanted if {
	permitted
	not rights.strong
}

step_up_wanted if {
	permitted
	rights.strong
	not rights.fresh
}

# METADATA
# title: A token with more scopes would help (RFC 6750)
default scopes_wanted := false

scopes_wanted if {
	identified
	count(rights.lacking) > 0
}

# METADATA
# title: Coming back later would help (503)
default closed_for_now := false

closed_for_now if {
	acceptable
	routing.in_maintenance
}

default located := false

located if {
	routing.route
	routing.origin
}

default open_pair := false

open_pair if {
	located
	data.gateway.flows[routing.origin][routing.service.zone]
}

default passes_zones := false

passes_zones if {
	routing.public
	rights.reachable("anonymous")
}

passes_zones if {
	open_pair
	rights.reachable(identity.way)
}

default identified := false

identified if {
	passes_zones
	identity.caller
}

default acceptable := false

acceptable if {
	passes_zones
	routing.public
}

acceptable if identified

default permitted := false

permitted if {
	identified
	count(rights.lacking) == 0
	count(rights.fitting) > 0
	rights.within_contract
}
