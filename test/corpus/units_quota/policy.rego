# Uploads within what is left of a quota, given as people write sizes.
package corpus.units_quota

# METADATA
# entrypoint: true
default allow := false

allow if {
	size <= left
	size <= units.parse_bytes(data.units_quota.max_file)
}

size := input.upload.bytes if is_number(input.upload.bytes)

size := units.parse_bytes(input.upload.size) if not input.upload.bytes

left := units.parse_bytes(data.units_quota.quota[input.user.plan]) - input.user.used

# METADATA
# entrypoint: true
message := sprintf("%v bytes left", [left - size]) if allow
