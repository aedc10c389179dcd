# METADATA
# title: Which route of which service
# description: >-
#   The operator's route names the service, by the context extension `service`; its table in data.gateway.services names
#   the operation. No header has a say, not even the host.
package gateway.routing

import data.lib.hours
import data.lib.paths
import data.lib.request
import data.lib.zones

service_name := request.extensions.service

service := data.gateway.services[service_name]

segments := readings[0]

# A list, for what is undefined is not remembered and would be found out anew at every mention.
readings := [parts | parts := paths.segments(input)]

# METADATA
# title: The route, with what its path captures
# description: The first of the method's routes whose path fits. Undefined without one.
route := matches[0].route

captures := matches[0].captures

# METADATA
# title: Whether all words and values of the route and its service are known
# description: One that is not could be a demand that is misspelt; nothing passes then. A single scope is a list, too.
default understood := false

understood if {
	every word, value in route {
		type_name(value) == types_of_routes[word]
	}
	count(object.keys(service) - {"maintenance", "routes", "zone"}) == 0
}

types_of_routes := {
	"freeze": "string",
	"name": "string",
	"needs_body": "boolean",
	"path": "array",
	"rate": "string",
	"scopes": "array",
	"sensitive": "boolean",
	"step_up": "object",
}

matches := [{"route": candidate, "captures": captured} |
	some candidate in service.routes[request.http.method]
	captured := paths.captures(candidate.path, segments)
	not paths.lookalike(candidate.path, segments, templates)
]

# Of all methods: the service behind may be asked for another one.
templates := {candidate.path | some candidate in service.routes[_]}

# METADATA
# title: Whether the route needs no credentials
default public := false

public if route.name in data.gateway.public[service_name]

origin := origins[0]

origins := [zone | zone := zones.origin(input, data.gateway.zones)]

# METADATA
# title: Whether the service is down for maintenance now
default in_maintenance := false

in_maintenance if hours.any_on(service.maintenance)

# METADATA
# title: Whether a freeze closes the route now
# description: A freeze that is not known always does.
default frozen := false

frozen if hours.any_on(data.gateway.freezes[route.freeze])

frozen if {
	route.freeze
	not data.gateway.freezes[route.freeze]
}

# METADATA
# title: Whether the route is open now
default ready := false

ready if {
	understood
	not in_maintenance
	not frozen
}
