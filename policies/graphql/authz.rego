# METADATA
# title: Which GraphQL operations a client may send
# description: >-
#   Type of operation and top-level fields by client, private fields, introspection, and how large a query may be.
# authors:
#   - name: Portcullis
package graphql.authz

import data.graphql.faults
import data.graphql.measure

# METADATA
# title: The decision, with its reasons
# description: >-
#   `allowed` and `reasons` (sorted, empty when allowed); `operation` (query, mutation or subscription) and `size` as far
#   as they are known.
# entrypoint: true
decision := object.union_n([{"allowed": allow, "reasons": reasons}, operation, size])

default allow := false

allow if {
	count(faults.found) == 0
	type_permitted
	count(measure.top_level - permitted_fields) == 0
	count(private_fields) == 0
	introspection_permitted
	every name in ["depth", "fields", "aliases"] {
		measure.size[name] <= data.graphql.limits[name]
	}
}

# METADATA
# title: Why the operation is denied
# description: Empty when it is allowed, never empty when it is denied.
default reasons := ["nothing permits this operation"]

reasons := [] if allow

else := sort(denials) if count(denials) > 0

denials contains fault if some fault in faults.found

denials contains "the query is too long, or not GraphQL" if not measure.document

denials contains "the document must hold exactly one operation" if {
	measure.document
	not measure.operation
}

denials contains sprintf("this client may not send a %s", [measure.operation.Operation]) if not type_permitted

denials contains "top-level fields must not stand in fragments" if {
	measure.operation
	not measure.top_level
}

denials contains sprintf("this client may not ask for %s", [name]) if {
	type_permitted
	some name in (measure.top_level - permitted_fields)
}

denials contains sprintf("this client may not ask for the field %s", [name]) if some name in private_fields

denials contains "this client may not ask for the schema" if not introspection_permitted

denials contains "fragments are nested too deeply, go in a circle, or are not defined once" if {
	measure.operation
	not measure.size
}

denials contains sprintf("%s: %d, and at most %d are permitted", [name, measured, limit]) if {
	some name, measured in measure.size
	limit := data.graphql.limits[name]
	is_number(limit)
	measured > limit
}

type_permitted if client[measure.operation.Operation]

client := data.graphql.clients[input.subject.client] if is_string(input.subject.client)

permitted_fields := {name | some name, permitted in client[measure.operation.Operation]; permitted == true}

private_fields := {name |
	some name in measure.field_names
	clients := data.graphql.private_fields[name]
	not clients[input.subject.client] == true
}

introspection_permitted if data.graphql.introspection[input.subject.client] == true

introspection_permitted if count(measure.field_names & {"__schema", "__type"}) == 0

default operation := {}

operation := {"operation": measure.operation.Operation}

default size := {}

size := {"size": measure.size}
