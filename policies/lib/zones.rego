# METADATA
# title: Trust zones
# description: >-
#   Where a request comes from (external, partner, internal or private) and which zone may reach which other one, and how.
#   The zone follows from the operator's route, the listener's port and the caller's certificate; no header has a say.
package lib.zones

import data.lib.spiffe

names := {"external", "partner", "internal", "private"}

# METADATA
# title: The zone that a request comes from
# description: >-
#   Takes the route's context extension `zone`, the zone of the destination port (`config.ports`) and that of the caller's
#   trust domain (`config.trust_domains`), as far as each says something. Undefined when none does, when they contradict
#   each other, and for a name that is no zone.
origin(request, config) := zone if {
	count(signs(request, config)) == 1
	some zone in signs(request, config)
	zone in names
}

signs(request, config) := said_by_route(request) | (said_by_port(request, config) | said_by_caller(request, config))

said_by_route(request) := {zone | zone := request.attributes.contextExtensions.zone}

said_by_port(request, config) := {zone |
	zone := config.ports[format_int(request.attributes.destination.address.socketAddress.portValue, 10)]
}

said_by_caller(request, config) := {zone |
	zone := config.trust_domains[spiffe.parsed(request.attributes.source.principal).trust_domain]
}

# METADATA
# title: Whether one zone may reach another in this way
# description: >-
#   `flows` says for each pair how callers must show who they are: {"external": {"internal": ["token"]}}. A pair that is not
#   there is closed.
permits(flows, from, to, way) if way in flows[from][to]
