/* What tools ask of any gRPC server: is it healthy, and what does it serve? */
#ifndef DUBAN_SERVER_INTROSPECTION_H
#define DUBAN_SERVER_INTROSPECTION_H

#include <stdbool.h>

struct introspection;
struct server;

/* Both services, for everybody with a certificate of ours: sets srv->health and
 * srv->reflection. Not healthy yet. E_NOMEM. */
int introspection_create(struct server *srv, struct introspection **ret_introspection);
/* When no call is left. Accepts NULL. */
void introspection_destroy(struct introspection *introspection);
/* Can requests be answered now? Accepts NULL. */
void introspection_set_healthy(struct introspection *introspection, bool healthy);
/* Not any more: those who watch are told and sent away. Accepts NULL. */
void introspection_drain(struct introspection *introspection);

#endif
