# What leaves the service: secrets removed, the rest as it is; and whether that is worth a notice.
package corpus.masking

# METADATA
# entrypoint: true
masked := object.remove(input.document, remove)

remove := {name | some name, _ in input.document; hidden(name)}

hidden(name) if data.masking.fields[name] > input.reader.level

hidden(name) if endswith(name, "_secret")

# METADATA
# entrypoint: true
notice if count(remove) > 2

# METADATA
# entrypoint: true
log_mask contains sprintf("/input/document/%s", [name]) if {
	some name in ["password", "token"]
	input.document[name]
}
