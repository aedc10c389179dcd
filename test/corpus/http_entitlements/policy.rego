# What a plan includes; calls above it are told which plan they need.
package corpus.http_entitlements

# METADATA
# entrypoint: true
decision := {"allow": true} if {
	feature in features[input.account.plan]
} else := {"allow": true, "trial": true} if {
	input.account.trial_days_left > 0
} else := {"allow": false, "upgrade_to": cheapest} if {
	cheapest
} else := {"allow": false}

feature := data.http_entitlements.routes[input.route]

features[plan] := {included |
	some each in array.slice(data.http_entitlements.order, 0, i + 1)
	some included in data.http_entitlements.plans[each].features
} if {
	some i, plan in data.http_entitlements.order
}

cheapest := min([plan.price | some plan in data.http_entitlements.plans; feature in plan.features])
