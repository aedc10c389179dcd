# A plan is applied without a person looking on when what it changes is small.
package corpus.terraform

# METADATA
# entrypoint: true
default autoapply := false

autoapply if {
	score < data.terraform.limit
	not touches_iam
	not secrets
}

# METADATA
# entrypoint: true
score := sum([points |
	some kind, weights in data.terraform.weights
	some action, weight in weights
	points := weight * count(changes(kind, action))
])

changes(kind, action) := [change |
	some change in input.resource_changes
	change.type == kind
	action in change.change.actions
]

touches_iam if {
	some change in input.resource_changes
	startswith(change.type, "aws_iam_")
	change.change.actions != ["no-op"]
}

secrets if {
	walk(input.configuration, [path, value])
	path[count(path) - 1] in {"password", "secret_key"}
	is_string(value)
	value != ""
}
