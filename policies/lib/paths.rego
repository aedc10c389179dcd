# METADATA
# title: Paths, compared segment by segment
# description: >-
#   Turns the path of an ext_authz input into decoded segments and compares them with templates such as
#   ["orders", "{order}"]. A path that two servers could read differently has no segments, so no template fits it.
package lib.paths

# METADATA
# title: The decoded segments of a request's path
# description: >-
#   Undefined when the path is missing, ambiguous, or holds a segment that is empty, `.`, `..`, or has a separator, an escape
#   or a control character in it. The root has no segments. Without `path` facts (other decision points) only paths
#   without any escape are read.
segments(request) := parts if {
	count(request.path.ambiguities) == 0
	parts := without_root(request.path.decoded_segments)
	clean(parts)
} else := parts if {
	not request.path
	raw := split(request.attributes.request.http.path, "?")[0]
	startswith(raw, "/")
	split(trim_prefix(raw, "/"), "/") == request.parsed_path
	parts := without_root(request.parsed_path)
	clean(parts)
}

without_root(parts) := [] if {
	parts == [""]
} else := parts

clean(parts) if {
	count({part | some part in parts} & {"", ".", ".."}) == 0
	not regex.match(`[\x00-\x1f\x7f/\\;%?#]`, concat("", parts))
}

# METADATA
# title: What a template captures from segments
# description: >-
#   `captures(["orders", "{order}"], ["orders", "7"])` is {"order": "7"}; undefined when the template does not fit. A
#   last part `**` stands for one or more segments.
captures(template, parts) := captured(template, parts) if {
	count(template) == count(parts)
}

captures(template, parts) := captured(head, array.slice(parts, 0, count(head))) if {
	last := count(template) - 1
	template[last] == "**"
	count(parts) >= count(template)
	head := array.slice(template, 0, last)
}

captured(template, parts) := {trim(part, "{}"): parts[i] |
	some i, part in template
	is_parameter(part)
} if {
	every i, part in template {
		fits(part, parts[i])
	}
}

fits(part, segment) if part == segment

fits(part, _) if is_parameter(part)

is_parameter(part) if {
	startswith(part, "{")
	endswith(part, "}")
}

# METADATA
# title: Whether some request fits both templates
# description: For tests of route tables; the first of two such routes wins.
overlap(one, other) if {
	count(one) == count(other)
	every i, part in one {
		alike(part, other[i])
	}
}

alike(part, other) if fits(part, other)

alike(part, other) if fits(other, part)
