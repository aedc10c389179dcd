# A mail gateway: addresses, subjects and attachments by pattern.
package corpus.regex_glob

# METADATA
# entrypoint: true
action := "quarantine" if {
	some attachment in input.attachments
	some pattern in data.regex_glob.attachments
	glob.match(pattern, [], lower(attachment.name))
} else := "reject" if {
	not regex.match(`^[\w.+-]+@[\w-]+(\.[\w-]+)+$`, input.from)
} else := "tag" if {
	some pattern in data.regex_glob.subjects
	regex.match(pattern, input.subject)
} else := "tag" if {
	[[_, domain]] := regex.find_all_string_submatch_n("@(.+)$", input.from, 1)
	domain in data.regex_glob.suspicious
} else := "deliver"

# METADATA
# entrypoint: true
folder := regex.replace(lower(input.list_id), "[^a-z0-9]+", "-") if input.list_id
