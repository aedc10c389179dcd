package corpus.dispatch.kinds.document

allow if input.document.owner == input.user

deny contains "documents are locked" if input.document.locked
