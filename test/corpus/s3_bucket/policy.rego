# Statements as clouds write them: the strongest effect wins, and conditions can be of many kinds.
package corpus.s3_bucket

# METADATA
# entrypoint: true
effect := "Deny" if {
	some statement in data.s3_bucket.statements
	statement.Effect == "Deny"
	applies(statement)
} else := "Allow" if {
	some statement in data.s3_bucket.statements
	statement.Effect == "Allow"
	applies(statement)
} else := "Deny"

applies(statement) if {
	principal_matches(statement.Principal)
	some action in statement.Action
	glob.match(action, [], input.action)
	glob.match(statement.Resource, [], input.resource)
	every kind, test in object.get(statement, "Condition", {}) {
		every key, value in test {
			holds(kind, context(key), value)
		}
	}
}

principal_matches("*")

principal_matches(names) if input.principal.arn in names

context(key) := object.get(input.context, split(key, ":"), null)

holds("StringEquals", actual, wanted) if actual == wanted

holds("Bool", actual, wanted) if actual == wanted

holds("NumericLessThan", actual, wanted) if {
	is_number(actual)
	actual < wanted
}

holds("IpAddress", actual, wanted) if net.cidr_contains(wanted, actual)

holds("Null", actual, _) if is_null(actual)
