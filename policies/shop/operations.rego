# METADATA
# title: What is asked for
# description: >-
#   Turns a method and a path into one of the shop's operations. A request that is none of them has no name, and so
#   nothing can permit it.
package shop.operations

# METADATA
# title: The operation
# description: Undefined when the request is none of the shop's operations.
name := "catalogue.read" if {
	input.resource.service == "catalogue"
	input.action.method == "GET"
	segments[0] == "products"
	count(segments) <= 2
}

name := "order.read" if {
	on_order
	input.action.method == "GET"
	count(segments) == 2
}

name := "order.cancel" if {
	on_order
	input.action.method == "DELETE"
	count(segments) == 2
}

name := "order.refund" if {
	on_order
	input.action.method == "POST"
	count(segments) == 3
	segments[2] == "refund"
}

name := "service.call" if input.resource.path in internal_paths

on_order if {
	input.resource.service == "orders"
	segments[0] == "orders"
}

# Paths that only services call, whoever of them may.
internal_paths contains call.path if some call in data.shop.services[_]

# The parts of an absolute path. A path with an empty part, `.` or `..` has none: it could mean something else elsewhere.
segments := parts if {
	startswith(input.resource.path, "/")
	parts := split(trim_prefix(input.resource.path, "/"), "/")
	count({part | some part in parts} & {"", ".", ".."}) == 0
}
