# METADATA
# title: Which service is asking
# description: >-
#   The subject is vouched for by whoever asks: a database proxy that verified the client's certificate. It names the
#   service by its SPIFFE id, or by a name where data.database.named_services permits that, or by both if they agree.
package database.caller

# METADATA
# title: The service
# description: Undefined for anybody who is not known, and for a SPIFFE id and a name that contradict each other.
service := by_id if not named

service := by_name if not identified

service := by_id if by_id == input.subject.service

# METADATA
# title: Why there is no service
problems contains "the caller is not named" if {
	not identified
	not named
}

problems contains "the caller's SPIFFE id is not known" if {
	identified
	not by_id
}

problems contains "a service of this name must come with its SPIFFE id" if {
	named
	not identified
	not by_name
}

problems contains "the caller's SPIFFE id and its name are not the same service" if {
	named
	by_id != input.subject.service
}

by_id := name if {
	id := input.subject.spiffe_id
	is_string(id)
	name := data.database.spiffe_ids[id]
	is_string(name)
}

by_name := name if {
	name := input.subject.service
	is_string(name)
	data.database.named_services[name] == true
}

identified if input.subject.spiffe_id != null

named if input.subject.service != null
