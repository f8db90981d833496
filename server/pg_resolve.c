/*
 * Host names in connection settings:
 *
 *   conninfo -> split hosts and ports -> uv_getaddrinfo ~ ~> next host ... -> target
 *
 * libpq looks names up with a blocking call; given "hostaddr" beside "host" it does not,
 * and still uses the name for TLS. Sockets and numeric addresses need no look-up.
 *
 * What can go wrong, and who must act: a name that is not known leaves its host out;
 * when none is left, the connection counts as lost and is tried again. A host that hides
 * in a service file (service=...) is looked up by libpq itself, and blocks.
 */
#include "server/pg_resolve.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "base/auto.h"
#include "base/check.h"
#include "base/err.h"

#define LIST_MAX 4096 /* bytes of a list of hosts, addresses or ports */

struct pg_resolve {
	unsigned magic;
#define PG_RESOLVE_MAGIC 0x6b02f7d4U
	uv_getaddrinfo_t request;
	uv_loop_t *loop;
	const PQconninfoOption *conninfo;
	void (*done)(void *context, const struct pg_target *target, const char *why);
	void *context;
	char *hosts[PG_HOSTS_MAX], *ports[PG_HOSTS_MAX]; /* point into the lists */
	size_t host_count, port_count, at;
	char host_list[LIST_MAX], port_list[LIST_MAX];
	char host[LIST_MAX], hostaddr[LIST_MAX], port[LIST_MAX]; /* the result */
	bool cancelled;
	char why[300];
};

static const char *value_of(const PQconninfoOption *conninfo, const char *keyword);
static bool is_name(const char *host);
static int split(const char *text, char *list, char **parts, size_t *ret_count);
static int look_up(struct pg_resolve *resolve);
static void on_looked_up(uv_getaddrinfo_t *request, int status, struct addrinfo *found);
static void add_host(struct pg_resolve *resolve, const char *address);
static void append(char *list, const char *text, bool first);
static void end(struct pg_resolve *resolve);
static void set(struct pg_target *target, const char *keyword, const char *value);

static const char *value_of(const PQconninfoOption *conninfo, const char *keyword)
{
	for (; conninfo->keyword != NULL; conninfo++)
		if (strcmp(conninfo->keyword, keyword) == 0)
			return conninfo->val != NULL ? conninfo->val : "";
	return "";
}

bool pg_resolve_is_needed(const PQconninfoOption *conninfo)
{
	char list[LIST_MAX], *hosts[PG_HOSTS_MAX];
	size_t count;

	if (value_of(conninfo, "hostaddr")[0] != '\0')
		return false;
	if (split(value_of(conninfo, "host"), list, hosts, &count) < 0)
		return true; /* pg_resolve_start() says what is wrong */
	for (size_t i = 0; i < count; i++)
		if (is_name(hosts[i]))
			return true;
	return false;
}

static bool is_name(const char *host)
{
	unsigned char address[sizeof(struct in6_addr)];

	return host[0] != '\0' && host[0] != '/' && host[0] != '@' &&
	       inet_pton(AF_INET, host, address) != 1 &&
	       inet_pton(AF_INET6, host, address) != 1;
}

/* Cut "a,b,c" at the commas. An empty text has one empty part, as for libpq. */
static int split(const char *text, char *list, char **parts, size_t *ret_count)
{
	size_t count = 0;

	if (strlen(text) >= LIST_MAX)
		return E_LIMIT;
	memcpy(list, text, strlen(text) + 1);
	for (char *at = list; at != NULL;) {
		if (count == PG_HOSTS_MAX)
			return E_LIMIT;
		parts[count++] = strsep(&at, ",");
	}
	*ret_count = count;
	return 0;
}

void pg_target_fill(struct pg_target *target, const PQconninfoOption *conninfo)
{
	static const char *const ours[][2] = {
		{"fallback_application_name", "duband"},
		{"client_encoding", "UTF8"},
		{"keepalives_idle", "30"},
		{"keepalives_interval", "10"},
		{"keepalives_count", "3"},
	};
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_LEN(ours); i++) {
		target->keywords[count] = ours[i][0];
		target->values[count++] = ours[i][1];
	}
	/* Of a keyword that stands twice libpq takes the last: what was set wins, except
	 * over the encoding, which everything here relies on. */
	for (; conninfo->keyword != NULL && count < PG_KEYWORDS_MAX - 3; conninfo++) {
		if (conninfo->val == NULL ||
		    strcmp(conninfo->keyword, "client_encoding") == 0)
			continue;
		target->keywords[count] = conninfo->keyword;
		target->values[count++] = conninfo->val;
	}
	target->keywords[count] = NULL;
	target->values[count] = NULL;
}

int pg_resolve_start(uv_loop_t *loop, const PQconninfoOption *conninfo,
                     void (*done)(void *context, const struct pg_target *target,
                                  const char *why),
                     void *context, struct pg_resolve **ret_resolve)
{
	AUTO(freep) struct pg_resolve *resolve = calloc(1, sizeof(*resolve));
	int r;

	if (resolve == NULL)
		return E_NOMEM;
	resolve->magic = PG_RESOLVE_MAGIC;
	resolve->loop = loop;
	resolve->conninfo = conninfo;
	resolve->done = done;
	resolve->context = context;
	r = split(value_of(conninfo, "host"), resolve->host_list, resolve->hosts,
	          &resolve->host_count);
	if (r == 0)
		r = split(value_of(conninfo, "port"), resolve->port_list, resolve->ports,
		          &resolve->port_count);
	if (r < 0)
		return r;
	r = look_up(resolve);
	if (r < 0)
		return r;
	*ret_resolve = TAKE(resolve);
	return 0;
}

/* Also for what needs no look-up, so that there is one way through: the resolver
 * answers numeric addresses at once. Paths are looked up as "localhost" and kept. */
static int look_up(struct pg_resolve *resolve)
{
	const char *host = resolve->hosts[resolve->at];
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	int r = uv_getaddrinfo(resolve->loop, &resolve->request, on_looked_up,
	                       host[0] == '\0' || host[0] == '/' || host[0] == '@'
	                               ? "localhost"
	                               : host,
	                       NULL, &hints);

	return r < 0 ? E_NOMEM : 0;
}

static void on_looked_up(uv_getaddrinfo_t *request, int status, struct addrinfo *found)
{
	struct pg_resolve *resolve = container_of(request, struct pg_resolve, request);
	const char *host;
	char address[INET6_ADDRSTRLEN] = "";

	CHECK_MAGIC(resolve, PG_RESOLVE_MAGIC);
	host = resolve->hosts[resolve->at];
	if (!is_name(host))
		add_host(resolve, host[0] == '/' || host[0] == '@' ? "" : host);
	else if (status == 0 &&
	         getnameinfo(found->ai_addr, found->ai_addrlen, address, sizeof(address),
	                     NULL, 0, NI_NUMERICHOST) == 0)
		add_host(resolve, address);
	else
		(void)snprintf(resolve->why, sizeof(resolve->why), "host \"%.200s\": %s",
		               host, status < 0 ? uv_strerror(status) : "no address");
	uv_freeaddrinfo(found);
	if (!resolve->cancelled && ++resolve->at < resolve->host_count &&
	    look_up(resolve) == 0)
		return;
	end(resolve);
}

static void add_host(struct pg_resolve *resolve, const char *address)
{
	bool first = resolve->host[0] == '\0' && resolve->hostaddr[0] == '\0';
	size_t port = resolve->port_count == 1 ? 0 : resolve->at;

	append(resolve->host, resolve->hosts[resolve->at], first);
	append(resolve->hostaddr, address, first);
	if (port < resolve->port_count)
		append(resolve->port, resolve->ports[port], first);
}

/* A list that grows too long is cut; libpq then says that the lists do not match. */
static void append(char *list, const char *text, bool first)
{
	size_t len = strlen(list);

	(void)snprintf(list + len, LIST_MAX - len, "%s%s", first ? "" : ",", text);
}

static void end(struct pg_resolve *resolve)
{
	struct pg_target target;
	bool found = resolve->host[0] != '\0' && !resolve->cancelled;

	resolve->magic = 0;
	if (found) {
		pg_target_fill(&target, resolve->conninfo);
		set(&target, "host", resolve->host);
		set(&target, "hostaddr", resolve->hostaddr);
		if (resolve->port[0] != '\0')
			set(&target, "port", resolve->port);
	}
	resolve->done(resolve->context, found ? &target : NULL,
	              resolve->why[0] != '\0' ? resolve->why : "cancelled");
	free(resolve);
}

/* Replace a keyword's value, or add it; there is always room for one more. */
static void set(struct pg_target *target, const char *keyword, const char *value)
{
	size_t i = 0;

	while (target->keywords[i] != NULL && strcmp(target->keywords[i], keyword) != 0)
		i++;
	CHECK(i < PG_KEYWORDS_MAX);
	if (target->keywords[i] == NULL)
		target->keywords[i + 1] = NULL;
	target->keywords[i] = keyword;
	target->values[i] = value;
}

void pg_resolve_cancel(struct pg_resolve *resolve)
{
	resolve->cancelled = true;
	(void)uv_cancel((uv_req_t *)&resolve->request); /* if it runs, its end is near */
}
