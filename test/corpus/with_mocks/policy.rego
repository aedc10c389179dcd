# What would be allowed after a change of role: rules asked with another input, other data, another clock.
package corpus.with_mocks

allowed if {
	some role in data.with_mocks.roles[input.user.role]
	role == input.action
	not frozen
}

frozen if {
	some window in data.with_mocks.freezes[input.region]
	time.now_ns() >= window.from
	time.now_ns() < window.until
}

# METADATA
# entrypoint: true
would if allowed with input.user as {"role": input.wish.role}

# METADATA
# entrypoint: true
difference := {action |
	some action in input.actions
	allowed with input.user.role as input.wish.role with input.action as action
	not allowed_now(action)
}

allowed_now(action) if allowed with input.action as action

# METADATA
# entrypoint: true
without_freezes if allowed with data.with_mocks.freezes as {}

# METADATA
# entrypoint: true
tomorrow if allowed with time.now_ns as time.add_date(time.now_ns(), 0, 0, 1)
