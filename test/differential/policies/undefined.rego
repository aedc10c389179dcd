# Without a default: undefined for most requests.
package differential.undefined

import input.attributes.request.http

decision := true if http.method == "GET"

decision := {"allowed": false, "body": "not that"} if http.method == "DELETE"
