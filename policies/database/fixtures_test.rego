package database.fixtures_test

import data.database.access

# Beside the shop's own data, which the decision vectors ask.
databases := {"crm": {
	"instances": {"a": "primary", "b": "replica"},
	"masks": {"people": {
		"contacts": {"mail": "hash", "phone": "last4"},
		"dim": {"name": "hash"},
		"torn": {"name": null},
		"lost": null,
		"*": {},
	}},
}}

grants := {"web": {"crm": {"people": {
	"contacts": {
		"select": {"columns": ["id", "mail"], "unmasked": ["mail"]},
		"insert": {},
		"update": {"columns": ["mail"]},
		"delete": {"rows": [{"column": "state", "in": ["gone"]}, {"column": "tenant", "from": "tenant"}]},
	},
	"visits": {"select": {"instance": "replica"}},
	"secrets": {},
	"pairs": {"delete": {"rows": [{"column": "t", "from": "tenant"}, {"column": "r", "from": "region"}]}},
	"dim": {"select": {"unmasked": "name"}},
	"broken": {"select": {"colums": ["id"]}, "insert": null, "update": {"rows": [{"in": ["x"]}]}, "delete": {"rows": "x"}},
	"shut": null,
	"off": false,
	"torn": {"select": {}},
	"lost": {"select": {}},
	"*": {"select": {}, "ddl": {}},
}}}}

ticket := {
	"service": "console",
	"user": "ann",
	"database": "crm",
	"schemas": {"people": ["select", "update"]},
	"opens": "2026-11-25T09:00:00Z",
	"expires": "2026-11-25T13:00:00Z",
	"approved_by": ["bob", "cy"],
}

web := {"spiffe_id": "spiffe://crm/web"}

console := {"spiffe_id": "spiffe://crm/console", "user": "ann"}

question(subject, operation, table) := {
	"subject": subject,
	"action": {"operation": operation},
	"resource": {"database": "crm", "schema": "people", "table": table, "instance": "a"},
}

with_columns(document, columns) := object.union(document, {"action": {"columns": columns}})

on(document, resource) := object.union(document, {"resource": resource})

ask(document) := ask_with(document, ticket, "2026-11-25T10:00:00Z")

ask_with(document, opened, now) := ask_by({"longest_hours": 4, "approvals": 2}, document, opened, now)

ask_by(rules, document, opened, now) := answer if {
	answer := access.decision with input as document
		with data.database.spiffe_ids as {"spiffe://crm/web": "web", "spiffe://crm/console": "console"}
		with data.database.named_services as {"web": true, "off": false}
		with data.database.databases as databases
		with data.database.grants as grants
		with data.database.tickets as {"T-1": opened}
		with data.database.ticket_rules as rules
		with time.now_ns as time.parse_rfc3339_ns(now)
}

masked := {"mail": "hash", "phone": "last4"}

allowed(masks, rows) := {"allowed": true, "reasons": [], "service": "web", "masks": masks, "rows": rows}

denied(reasons) := {"allowed": false, "reasons": reasons, "service": "web"}

refused(reasons) := {"allowed": false, "reasons": reasons}
