package corpus.dispatch.kinds.printer

allow if input.printer.pages < data.dispatch.quota[input.user]

deny contains sprintf("printer %s is off", [input.printer.name]) if not input.printer.on
