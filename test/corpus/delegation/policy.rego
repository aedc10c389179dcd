# Powers are handed on: whoever is reached from the one who holds a power may use it, while nobody on the way has left.
package corpus.delegation

# METADATA
# entrypoint: true
default allow := false

allow if {
	some holder in data.delegation.holders[input.power]
	input.user in graph.reachable(active, {holder})
	input.amount <= limit
}

active := {person: next |
	some person, handed in data.delegation.handed_on
	not person in input.absent
	next := {p | some p in handed; not p in input.absent}
}

limit := min({data.delegation.limits[level] | some level in object.get(input, "levels", ["clerk"])})
