# Which clients may still talk to us, and which are told to update.
package corpus.semver_release

# METADATA
# entrypoint: true
status := "unsupported" if {
	not semver.is_valid(input.client.version)
} else := "unsupported" if {
	semver.compare(input.client.version, oldest) < 0
} else := "broken" if {
	input.client.version in data.semver_release.broken[input.client.platform]
} else := "outdated" if {
	semver.compare(input.client.version, data.semver_release.current[input.client.platform]) == -1
} else := "fine"

default oldest := "0.0.0"

oldest := data.semver_release.oldest[input.client.platform]
