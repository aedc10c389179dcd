# Which features are on for someone: by name, by segment, or by a share of all users that stays the same.
package corpus.feature_flags

# METADATA
# entrypoint: true
enabled contains flag if {
	some flag, _ in data.feature_flags.flags
	on(flag)
}

on(flag) if input.user.id in data.feature_flags.flags[flag].users

on(flag) if {
	some segment in data.feature_flags.flags[flag].segments
	input.user.traits[segment.trait] == segment.equals
}

on(flag) if bucket(flag) < data.feature_flags.flags[flag].percent

bucket(flag) := number % 100 if {
	digest := crypto.sha256(concat("/", [flag, input.user.id]))
	number := to_number(replace(regex.replace(substring(digest, 0, 8), "[a-f]", "7"), "-", ""))
}

# METADATA
# entrypoint: true
flag_enabled if input.flag in enabled
