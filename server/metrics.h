/* What a monitoring system reads: counts and states as Prometheus' text, at /metrics. */
#ifndef DUBAN_SERVER_METRICS_H
#define DUBAN_SERVER_METRICS_H

struct rpc_http_route;
struct server;

/* As settings name it among a listener's services. */
#define METRICS_SERVICE "metrics"

/* Routes for a listener, ended by a row without a path, in @routes, which has room for
 * two. Borrows @srv until the listener is closed. */
void metrics_routes(struct server *srv, struct rpc_http_route *routes);

#endif
