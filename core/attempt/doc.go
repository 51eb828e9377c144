// Package attempt is the loop of attempts: it picks a deployment, sends the
// request, and retries, falls back and cools deployments down, all before the
// first client byte.
//
// # Who is picked
//
// A deployment is healthy, limited (the provider said 429, or until when to stay away),
// cooling (it failed [failuresToCool] times in a row) or on trial (its cooldown
// is over). Candidates are, in this order:
//
//  1. healthy deployments of the route by weight, without replacement; those of
//     weight 0 when no other is left; one on trial takes part once a second;
//  2. the same of each fallback route, in order;
//  3. limited deployments, the soonest first;
//  4. cooling ones, each at most once a second, so that an outage of everything
//     is answered at once by 503 and still noticed to be over.
//
// A request of a conversation that the client gave a name ([core.Binder]) takes the
// place of the draw by weight: the deployment that the name is nearest to, so that the
// prompt is found cached, the same on every gateway; over many conversations each
// deployment gets its share. A request that names what one provider keeps
// ([core.Bond]) goes to that provider or nowhere: to the one that is remembered, else
// to one after the other until one knows it.
//
// After a failure another deployment is tried at once. Only when none is left,
// and the wait is short, one is tried again after its Retry-After or a growing,
// random pause. Over all routes at most one retry per five requests is made,
// and three in ten seconds when there is little traffic. A request that is sent
// once more because its connection was closed while idle counts as one.
package attempt
