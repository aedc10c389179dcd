# How sure we are of someone, as a number, and what they have to show for what they want.
package corpus.step_up

score := sum([points | some signal, points in data.step_up.signals; input.signals[signal] == true])

# METADATA
# entrypoint: true
decision := {"result": "allow"} if {
	score >= needed
} else := {"result": "challenge", "with": next} if {
	some next in data.step_up.challenges
	not input.signals[next]
	not failed(next)
} else := {"result": "deny", "score": score}

needed := max(array.concat([0], [points | some prefix, points in data.step_up.needed; startswith(input.path, prefix)]))

failed(challenge) if {
	some attempt in input.attempts
	attempt.challenge == challenge
	not attempt.passed
}
