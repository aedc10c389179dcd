# METADATA
# title: Who may do what in the shop
# description: >-
#   Roles say which operations somebody may do at all (data.shop.roles), conditions say on which orders, when and up to
#   which amount. Everything else is denied. Only `allow` decides; the reasons explain a denial and never permit anything.
# authors:
#   - name: Portcullis
package shop.authz

import data.shop.identity
import data.shop.operations

# METADATA
# title: The decision, with its reasons
# description: >-
#   `allowed` is the answer, `reasons` says why not (empty when allowed), `subject` and `operation` say who asked for
#   what, as far as that is known.
# entrypoint: true
decision := object.union({"allowed": allow, "reasons": reasons}, known)

# METADATA
# title: The bare answer
# description: True when the shop permits the request, false otherwise; never undefined.
# entrypoint: true
default allow := false

allow if operations.name in data.shop.public

allow if {
	some role in identity.roles
	operations.name in data.shop.roles[role]
	conditions_met(role, operations.name)
}

# METADATA
# title: What must hold beside the role
# description: One rule for each role and operation. A pair without a rule is never permitted.
conditions_met("customer", "order.read") if own_order

conditions_met("customer", "order.cancel") if {
	own_order
	input.resource.status == "placed"
}

conditions_met("support", "order.read") if {
	own_region
	open_now(identity.claims.region)
}

conditions_met("manager", "order.read")

conditions_met("manager", "order.refund") if {
	within_limit
	refundable
}

conditions_met("service", "service.call") if {
	some call in data.shop.services[identity.subject]
	call.service == input.resource.service
	call.method == input.action.method
	call.path == input.resource.path
}

own_order if input.resource.owner == identity.subject

own_region if input.resource.region == identity.claims.region

# METADATA
# title: Business hours of a region
# description: Monday to Friday between the hours of data.shop.regions, in the region's own time zone.
open_now(name) if {
	region := data.shop.regions[name]
	is_number(region.opens)
	is_number(region.closes)
	region.timezone != ""
	now := [time.now_ns(), region.timezone]
	not time.weekday(now) in {"Saturday", "Sunday"}
	[hour, _, _] := time.clock(now)
	hour >= region.opens
	hour < region.closes
}

# METADATA
# title: Why the request is denied
# description: Empty when it is allowed, never empty when it is denied.
default reasons := ["nothing permits this operation"]

reasons := [] if allow

else := sort(denials) if count(denials) > 0

denials contains "the operation is not one of the shop's" if not operations.name

denials contains "a token is needed" if {
	operations.name
	not input.subject.token
}

denials contains "the token is not accepted" if {
	input.subject.token
	not identity.claims
}

denials contains "no role of yours may do this" if {
	identity.claims
	operations.name
	count(roles_for_operation) == 0
}

denials contains "the order belongs to somebody else" if {
	"customer" in roles_for_operation
	not own_order
}

denials contains "only orders that are not on their way can be cancelled" if {
	"customer" in roles_for_operation
	operations.name == "order.cancel"
	own_order
	not input.resource.status == "placed"
}

denials contains "the order is of another region" if {
	"support" in roles_for_operation
	not own_region
}

denials contains "outside business hours" if {
	"support" in roles_for_operation
	own_region
	not open_now(identity.claims.region)
}

denials contains "the refund is above the limit" if {
	"manager" in roles_for_operation
	operations.name == "order.refund"
	is_number(input.action.amount)
	not within_limit
}

denials contains "the refund must be more than nothing and at most what was paid" if {
	"manager" in roles_for_operation
	operations.name == "order.refund"
	not refundable
}

denials contains "this service may not make this call" if {
	"service" in roles_for_operation
	not conditions_met("service", "service.call")
}

# Every sum is a number: in Rego any number is below any text, so "10.00" would be enough for everything.
within_limit if {
	is_number(input.action.amount)
	is_number(data.shop.refund_limit)
	input.action.amount <= data.shop.refund_limit
}

refundable if {
	is_number(input.action.amount)
	is_number(input.resource.total)
	input.action.amount > 0
	input.action.amount <= input.resource.total
}

# Roles of the subject that may do the operation, conditions apart.
roles_for_operation contains role if {
	some role in identity.roles
	operations.name in data.shop.roles[role]
}

known := {key: value |
	some key, value in {"subject": subject, "operation": operation}
	value != null
}

default subject := null

subject := identity.subject

default operation := null

operation := operations.name
