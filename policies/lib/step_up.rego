# METADATA
# title: Step-up authentication
# description: >-
#   How strongly and how recently somebody must have signed in for a sensitive operation: {"acr": […], "amr": […],
#   "max_age_seconds": 300}, each optional. `acr` names the accepted levels, `amr` methods of which one must have been used
#   (RFC 8176).
package lib.step_up

# METADATA
# title: Whether the sign-in was strong enough
# description: Never with a word that is not known, which could be a demand that is misspelt.
strong(requirement, claims) if {
	count(object.keys(requirement) - {"acr", "amr", "leeway_seconds", "max_age_seconds"}) == 0
	accepted_level(requirement, claims)
	accepted_method(requirement, claims)
}

accepted_level(requirement, _) if not "acr" in object.keys(requirement)

accepted_level(requirement, claims) if claims.acr in requirement.acr

accepted_method(requirement, _) if not "amr" in object.keys(requirement)

accepted_method(requirement, claims) if {
	is_array(claims.amr)
	some method in claims.amr
	method in requirement.amr
}

# METADATA
# title: Whether the sign-in was recent enough
# description: Reads the clock only when there is a maximum age. A sign-in in the future is none, but for `leeway_seconds`.
fresh(requirement, _) if not "max_age_seconds" in object.keys(requirement)

fresh(requirement, claims) if {
	is_number(claims.auth_time)
	is_number(requirement.max_age_seconds)
	age := (time.now_ns() / 1000000000) - claims.auth_time
	age >= 0 - object.get(requirement, "leeway_seconds", 0)
	age <= requirement.max_age_seconds
}

# METADATA
# title: The challenge that sends a client back to sign in
# description: A WWW-Authenticate value of RFC 9470.
challenge(requirement) := concat(", ", array.concat(
	[`Bearer error="insufficient_user_authentication"`],
	array.concat(
		[sprintf(`acr_values="%s"`, [concat(" ", levels)]) | levels := requirement.acr],
		[sprintf(`max_age="%d"`, [age]) | age := requirement.max_age_seconds],
	),
))
