package lib.step_up_test

import data.lib.step_up

requirement := {"acr": ["urn:shop:mfa", "urn:shop:hw"], "amr": ["otp", "hwk"], "max_age_seconds": 300}

claims := {"acr": "urn:shop:mfa", "amr": ["pwd", "otp"], "auth_time": 1000}

test_a_strong_sign_in if {
	step_up.strong(requirement, claims)
	step_up.strong({}, {})
	step_up.strong({"acr": ["urn:shop:mfa"]}, {"acr": "urn:shop:mfa"})
	step_up.strong({"amr": ["otp"]}, {"amr": ["otp"]})
}

test_weak_sign_ins if {
	every changes in [
		{"acr": "urn:shop:password"},
		{"acr": ["urn:shop:mfa"]},
		{"acr": null},
		{"amr": ["pwd"]},
		{"amr": []},
		{"amr": "otp"},
		{"amr": {"first": "otp"}},
		{"amr": null},
	] {
		not step_up.strong(requirement, object.union(claims, changes))
	}
	not step_up.strong(requirement, object.remove(claims, ["acr"]))
	not step_up.strong(requirement, object.remove(claims, ["amr"]))
	not step_up.strong({"acr": []}, claims)
	not step_up.strong({"acr": ["urn:shop:mfa"], "max_age": 300}, claims)
}

fresh_at(seconds, wanted, given) if {
	step_up.fresh(wanted, given) with time.now_ns as seconds * 1000000000
}

test_a_sign_in_gets_old if {
	fresh_at(1000, requirement, claims)
	fresh_at(1300, requirement, claims)
	not fresh_at(1301, requirement, claims)
	not fresh_at(999, requirement, claims)
	not fresh_at(1000, requirement, object.remove(claims, ["auth_time"]))
	not fresh_at(1000, requirement, object.union(claims, {"auth_time": "1000"}))
}

test_a_maximum_age_is_a_number if {
	not fresh_at(1000, object.union(requirement, {"max_age_seconds": "300"}), claims)
}

test_clocks_may_differ_by_the_leeway if {
	lenient := object.union(requirement, {"leeway_seconds": 30})
	fresh_at(970, lenient, claims)
	not fresh_at(969, lenient, claims)
}

test_without_a_maximum_age_any_will_do if {
	step_up.fresh({"acr": ["x"]}, {})
}

test_the_challenge_says_what_is_wanted if {
	step_up.challenge(requirement) == concat(", ", [
		`Bearer error="insufficient_user_authentication"`,
		`acr_values="urn:shop:mfa urn:shop:hw"`,
		`max_age="300"`,
	])
	step_up.challenge({}) == `Bearer error="insufficient_user_authentication"`
}
