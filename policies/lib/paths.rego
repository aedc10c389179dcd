# METADATA
# title: Paths, compared segment by segment
# description: >-
#   Turns the path of an ext_authz input into decoded segments and compares them with templates such as
#   ["orders", "{order:[0-9]+}"]. A path that two servers could read differently has no segments, so no template fits it.
package lib.paths

# METADATA
# title: The decoded segments of a request's path
# description: >-
#   Undefined when the path is missing, ambiguous, or holds a segment that is empty, `.`, `..`, or has a separator, an escape
#   or a control character in it. The root has no segments. Only the facts in `path` are read, never the raw path: its query
#   would make each request another one for the cache.
segments(request) := parts if {
	count(request.path.ambiguities) == 0
	parts := without_root(request.path.decoded_segments)
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
#   `captures(["orders", "{order:[0-9]{1,9}}"], ["orders", "7"])` is {"order": "7"}; undefined when the template does not fit.
#   A parameter takes what its pattern fits as a whole; without one letters, digits, `_` and `-`; and never more than 128
#   characters. A last part `**` stands for one or more segments.
captures(template, parts) := captured(template, parts) if {
	is_array(template)
	count(template) == count(parts)
}

captures(template, parts) := captured(head, array.slice(parts, 0, count(head))) if {
	is_array(template)
	last := count(template) - 1
	template[last] == "**"
	count(parts) >= count(template)
	head := array.slice(template, 0, last)
}

captured(template, parts) := {name_of(part): parts[i] |
	some i, part in template
	is_parameter(part)
} if {
	every i, part in template {
		fits(part, parts[i])
	}
}

fits(part, segment) if {
	is_string(part)
	part == segment
	not is_parameter(part)
}

fits(part, segment) if {
	is_parameter(part)
	count(segment) <= 128
	regex.match(whole(pattern_of(part)), segment)
}

# A pattern that is one only between the parentheses, such as `a)|(b`, is none.
whole(pattern) := concat("", ["^(?:", pattern, ")$"]) if regex.is_valid(pattern)

is_parameter(part) if {
	startswith(part, "{")
	endswith(part, "}")
}

name_of(part) := split(inside(part), ":")[0]

pattern_of(part) := substring(inside(part), colon + 1, -1) if {
	colon := indexof(inside(part), ":")
	colon >= 0
} else := "[A-Za-z0-9_-]+"

inside(part) := substring(part, 1, count(part) - 2)

# METADATA
# title: Whether a captured value is a variant of another template's word
# description: >-
#   A server that does not mind case or what follows a name would take /orders/EXPORT or /orders/export.json for
#   /orders/export. So what a parameter or `**` of a template that fits takes must not be alike to the word of a sibling
#   there: equal but for case, and for all from the first character on that is no letter, digit, `_` or `-`. A value with
#   others than ASCII characters is alike to any word, for it may be another writing of it.
lookalike(template, parts, siblings) if {
	some sibling in siblings
	could_be(sibling, parts)
	some i, segment in parts
	takes_any(template, i)
	is_word(sibling, i)
	alike(sibling[i], segment)
}

could_be(template, parts) if {
	count(template) == count(parts)
	loosely(template, parts)
}

could_be(template, parts) if {
	last := count(template) - 1
	template[last] == "**"
	count(parts) >= count(template)
	loosely(array.slice(template, 0, last), parts)
}

loosely(template, parts) if {
	every i, part in template {
		could_take(part, parts[i])
	}
}

could_take(part, _) if is_parameter(part)

could_take(part, segment) if alike(part, segment)

takes_any(template, i) if is_parameter(template[i])

takes_any(template, i) if {
	last := count(template) - 1
	template[last] == "**"
	i >= last
}

is_word(template, i) if {
	template[i] != "**"
	not is_parameter(template[i])
}

# Cheap questions first: most words differ in their first letter.
alike(word, segment) if {
	lower(word) == lower(segment)
} else if {
	foreign(segment)
} else if {
	startswith(lower(segment), lower(substring(word, 0, 1)))
	beginning(word) == beginning(segment)
	beginning(word) != ""
}

# Only the ends are trimmed, so that one other character anywhere stays.
foreign(segment) if trim(segment, ascii) != ""

ascii := " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~"

beginning(text) := regex.replace(lower(text), `[^a-z0-9_-].*`, "")

# METADATA
# title: Whether some request fits both templates
# description: For tests of route tables; the first of two such routes wins. Two parameters are taken to fit each other.
overlap(one, other) if {
	count(one) == count(other)
	every i, part in one {
		meet(part, other[i])
	}
}

meet(part, other) if fits(part, other)

meet(part, other) if fits(other, part)

meet(part, other) if {
	is_parameter(part)
	is_parameter(other)
}
