# Two rules that say different things of some requests, and a builtin that is strict about some others.
package differential.conflict

import input.attributes.request.http

decision := true if http.method in {"GET", "POST"}

decision := false if http.method in {"POST", "PUT"}
