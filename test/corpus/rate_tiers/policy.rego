# How much a caller may do in a minute, by the first rule that fits.
package corpus.rate_tiers

# METADATA
# entrypoint: true
limit := {"per_minute": 0, "why": "blocked"} if {
	input.key in data.rate_tiers.blocked
} else := {"per_minute": n, "why": "agreed"} if {
	n := data.rate_tiers.agreed[input.key]
} else := {"per_minute": data.rate_tiers.tiers[input.tier] * burst, "why": "tier"} if {
	data.rate_tiers.tiers[input.tier]
} else := {"per_minute": 10, "why": "anonymous"}

default burst := 1

burst := 2 if input.route.idempotent == true

burst := 0.5 if {
	input.route.cost > 100
	not input.route.idempotent
}
