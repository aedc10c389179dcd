# Which rows of a query's result a person may see, and which columns of them.
package corpus.data_filter

# METADATA
# entrypoint: true
visible contains row.id if {
	some row in input.rows
	may_see(row)
}

# METADATA
# entrypoint: true
columns := {column | some column in data.data_filter.columns[input.table]} - hidden

hidden := {column |
	some column, level in data.data_filter.sensitive
	level > input.user.level
}

may_see(row) if row.owner == input.user.name

may_see(row) if {
	row.region in input.user.regions
	not row.draft
}

may_see(_) if input.user.level == 9
