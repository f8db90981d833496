/* Listeners, each with its TLS rule and its services. */
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "rpc/server.h"
#include "server/credentials.h"
#include "server/duband.h"
#include "server/introspection.h"
#include "server/metrics.h"
#include "server/service.h"

static int open_one(struct duband *duband, size_t index, char *bound, size_t size);

int listen_open(struct duband *duband, char *why, size_t size)
{
	const struct settings *settings = duband->settings;
	const struct rpc_server_options options = {
		.receive_message_max = (size_t)settings->limits.message,
		.call_memory_max = (size_t)settings->limits.call_memory,
		.connections_max = (uint32_t)settings->limits.open_connections,
		.concurrent_streams_max = (uint32_t)settings->limits.calls_per_connection,
		.handshake_timeout = settings->timeouts.handshake,
		.request_timeout = settings->timeouts.request,
		.keepalive_interval = settings->timeouts.keepalive_interval,
		.keepalive_timeout = settings->timeouts.keepalive_timeout,
		.idle_timeout = settings->timeouts.idle,
	};
	int r = rpc_server_create(&duband->loop, &options, &duband->srv.rpc);
	char bound[300], first[300] = "";

	metrics_routes(&duband->srv, duband->routes);
	if (r == 0)
		r = introspection_create(&duband->srv, &duband->introspection);
	for (size_t i = 0; i < settings->listener_count && r == 0; i++) {
		const char *address = settings->listeners[i].address;

		r = open_one(duband, i, bound, sizeof(bound));
		if (r < 0)
			(void)snprintf(why, size, "%s: %s", address,
			               r == E_EXISTS ? "the address is in use"
			                             : err_text(r));
		else if (i == 0)
			(void)snprintf(first, sizeof(first), "%s", bound);
		else
			log_event(LOG_INFO, "listening", log_str("listener", bound));
	}
	if (r == 0)
		log_event(LOG_INFO, "ready", log_str("listener", first),
		          log_str("node", duband->srv.node),
		          log_int("schema", duband->srv.schema));
	return r;
}

/* @bound: the address with the port that was given for port 0. */
static int open_one(struct duband *duband, size_t index, char *bound, size_t size)
{
	const struct listener_settings *settings = &duband->settings->listeners[index];
	struct rpc_listener *listener;
	struct rpc_listener_options options = {
		.address = settings->address,
		.tls = credentials_tls(duband->credentials, index),
	};
	int host, r;
	const char *colon = strrchr(settings->address, ':');

	duband->services[index] = service_tables(&duband->srv, settings->services);
	options.services = duband->services[index];
	if (service_is_named(settings->services, METRICS_SERVICE))
		options.http = duband->routes;
	if (options.services == NULL)
		return E_NOMEM;
	r = rpc_listener_open(duband->srv.rpc, &options, &listener);
	if (r < 0)
		return r;
	if (colon != NULL && rpc_listener_port(listener) != 0) {
		host = (int)(colon - settings->address);
		(void)snprintf(bound, size, "%.*s:%u", host, settings->address,
		               rpc_listener_port(listener));
	} else {
		(void)snprintf(bound, size, "%s", settings->address);
	}
	return 0;
}
