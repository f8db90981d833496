/*
 * A socket that listens.
 *
 *	address -> socket -> bind -> listen
 *	                       \-> a dead server's socket file: removed, once more
 */
#include "rpc/bind.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/err.h"

/* Connections that wait to be accepted; the system's own limit may be lower. */
#define BACKLOG 4096

static int bind_ip(int fd, const struct sockaddr *numeric);
static int bind_unix(int fd, const char *path);
static bool is_abandoned(const struct sockaddr_un *path);

int bind_open(const struct address *address, int *ret_fd)
{
	struct sockaddr_storage numeric = {.ss_family = AF_UNIX};
	AUTO(closep) int fd = -1;
	int r;

	if (!address->is_unix && address_numeric(address, &numeric) < 0)
		return E_SYNTAX;
	fd = socket(numeric.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return E_IO;
	r = address->is_unix ? bind_unix(fd, address->host)
	                     : bind_ip(fd, (struct sockaddr *)&numeric);
	/* Two may bind to one port as long as none listens. */
	if (r == 0 && listen(fd, BACKLOG) < 0)
		r = errno == EADDRINUSE ? E_EXISTS : E_IO;
	if (r < 0)
		return r;
	*ret_fd = fd;
	fd = -1; /* NOLINT(clang-analyzer-deadcode.DeadStores): AUTO() reads it */
	return 0;
}

static int bind_ip(int fd, const struct sockaddr *numeric)
{
	socklen_t len = numeric->sa_family == AF_INET ? sizeof(struct sockaddr_in)
	                                              : sizeof(struct sockaddr_in6);
	int yes = 1;

	/* A server that starts again need not wait for its old connections to be
	 * forgotten. */
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) == 0 &&
	    bind(fd, numeric, len) == 0)
		return 0;
	return errno == EADDRINUSE ? E_EXISTS : E_IO;
}

static int bind_unix(int fd, const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int r;

	if (strlen(path) >= sizeof(address.sun_path))
		return E_SYNTAX;
	memcpy(address.sun_path, path, strlen(path) + 1);
	r = bind(fd, (struct sockaddr *)&address, sizeof(address));
	if (r < 0 && errno == EADDRINUSE && is_abandoned(&address)) {
		(void)unlink(path);
		r = bind(fd, (struct sockaddr *)&address, sizeof(address));
	}
	if (r == 0)
		return 0;
	return errno == EADDRINUSE ? E_EXISTS : E_IO;
}

/* A socket file that a killed server left behind. */
static bool is_abandoned(const struct sockaddr_un *path)
{
	AUTO(closep) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd >= 0 && connect(fd, (const struct sockaddr *)path, sizeof(*path)) < 0 &&
	       errno == ECONNREFUSED;
}

void bind_close(const struct address *address, int fd)
{
	if (fd < 0)
		return;
	if (address->is_unix)
		(void)unlink(address->host);
	(void)close(fd);
}

unsigned bind_port(int fd)
{
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} bound = {.any.sa_family = AF_UNSPEC};
	socklen_t len = sizeof(bound);

	if (getsockname(fd, &bound.any, &len) < 0)
		return 0;
	if (bound.any.sa_family == AF_INET)
		return ntohs(bound.v4.sin_port);
	return bound.any.sa_family == AF_INET6 ? ntohs(bound.v6.sin6_port) : 0;
}
