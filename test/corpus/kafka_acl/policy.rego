# Who may read and write which topic, by the name in the client's certificate.
package corpus.kafka_acl

# METADATA
# entrypoint: true
default allow := false

allow if {
	some rule in data.kafka_acl.rules
	rule.principal == principal
	lower(input.action.operation) in rule.operations
	matches(rule, input.action.resourcePattern)
}

allow if {
	input.action.resourcePattern.resourceType == "CLUSTER"
	principal in data.kafka_acl.brokers
}

principal := name if {
	some part in split(input.requestContext.principal.name, ",")
	startswith(part, "CN=")
	name := substring(part, 3, -1)
}

matches(rule, pattern) if {
	pattern.resourceType == "TOPIC"
	glob.match(rule.topic, ["."], pattern.name)
}

matches(rule, pattern) if {
	pattern.resourceType == "GROUP"
	rule.group == pattern.name
}
