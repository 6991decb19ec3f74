// Package loadgen puts load on a token endpoint and verifies every token.
//
// The load is open: request k is due at a time that the schedule alone decides,
// t0 + k/rate for a constant rate, whether or not earlier answers came. Three
// times are kept apart. Latency runs from the time at which the request was due,
// so a frozen server shows in it even if the generator had to wait; service runs
// from the time at which it was sent; lateness is what lies between the two and
// says how well the generator itself kept up.
//
// Requests go round a number of users. Each keeps its cookies like a browser of
// its own and opens its session with one request before the load begins. Of each
// answer the package asks: is it a token; does the integration accept it now; was
// it issued newly; and does it belong to this user. What is no token is a failure
// by class: a redirect, a login page with status 200, an empty body, a status, a
// time-out.
//
// [Run] gives the figures of one run. They are judged apart, by
// [record.Load.Judged]: the load meets its objective, misses it, or is
// inconclusive where the generator, not the endpoint, was the bottleneck. [Capacity] searches for the highest rate that meets the objective,
// [Recovery] overloads the endpoint and looks whether it returns to its former
// latency, and [Merge] joins the shards of a run made on several machines.
//
// Load goes to loopback only, unless [Config.AllowHosts] names the host.
package loadgen
