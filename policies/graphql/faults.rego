# METADATA
# title: What is wrong with the policy's own data
# description: >-
#   A limit in quotes, or a list where a table must be, would limit nothing. Nothing is permitted until it is mended. Other
#   tables permit nothing by themselves when they cannot be read.
package graphql.faults

# METADATA
# title: The faults, in words
found contains "the policy's data has a fault: private_fields must be a table" if {
	not is_object(data.graphql.private_fields)
}

found contains "the policy's data has a fault: limits must be numbers for aliases, characters, depth and fields, and nothing else" if {
	not limits_read
}

limits_read if {
	object.keys(data.graphql.limits) == {"aliases", "characters", "depth", "fields"}
	every limit in data.graphql.limits {
		is_number(limit)
	}
}
