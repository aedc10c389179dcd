# Which header tells what is configuration: the names come from the data.
package corpus.header_names

import data.header_names.cfg

# METADATA
# entrypoint: true
default allow := false

allow if {
	input.headers[cfg.user_header] in cfg.users
	every name in cfg.required {
		input.headers[name] != ""
	}
	not forbidden
}

forbidden if {
	some name in cfg.forbidden
	input.headers[name]
}

# METADATA
# entrypoint: true
forwarded[shown] := value if {
	some name in cfg.forward
	shown := lower(name)
	value := object.get(input.headers, name, "-")
}
