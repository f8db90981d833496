/* Addresses as people write them. */
#include "rpc/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

static int copy(char *to, size_t size, const char *from, size_t len);

int address_parse(const char *text, struct address *ret_address)
{
	struct address address = {.is_unix = strncmp(text, "unix:", 5) == 0};
	const char *colon = strrchr(text, ':'), *host = text, *end = colon;
	char *port_end;
	unsigned long port;

	if (address.is_unix) {
		if (copy(address.host, ADDRESS_PATH_MAX, text + 5, strlen(text + 5)) < 0)
			return E_SYNTAX;
		*ret_address = address;
		return 0;
	}
	if (colon == NULL)
		return E_SYNTAX;
	if (*host == '[') {
		host++;
		if (end - host < 1 || *--end != ']')
			return E_SYNTAX;
	} else if (memchr(host, ':', (size_t)(end - host)) != NULL) {
		return E_SYNTAX; /* a bare IPv6 address: where does the port begin? */
	}
	port = strtoul(colon + 1, &port_end, 10);
	if (colon[1] < '0' || colon[1] > '9' || *port_end != '\0' || port > 65535)
		return E_SYNTAX;
	(void)snprintf(address.port, sizeof(address.port), "%u", (unsigned)port & 65535);
	if (copy(address.host, sizeof(address.host), host, (size_t)(end - host)) < 0)
		return E_SYNTAX;
	*ret_address = address;
	return 0;
}

static int copy(char *to, size_t size, const char *from, size_t len)
{
	if (len == 0 || len >= size)
		return E_SYNTAX;
	memcpy(to, from, len);
	to[len] = '\0';
	return 0;
}

int address_numeric(const struct address *address, struct sockaddr_storage *ret_numeric)
{
	struct sockaddr_storage numeric = {0};
	struct sockaddr_in *in = (struct sockaddr_in *)&numeric;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&numeric;
	in_port_t port = htons((uint16_t)strtoul(address->port, NULL, 10));

	if (inet_pton(AF_INET, address->host, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		in->sin_port = port;
	} else if (inet_pton(AF_INET6, address->host, &in6->sin6_addr) == 1) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = port;
	} else {
		return E_SYNTAX;
	}
	*ret_numeric = numeric;
	return 0;
}

bool address_is_loopback(const struct sockaddr *numeric)
{
	if (numeric->sa_family == AF_UNIX)
		return true;
	if (numeric->sa_family == AF_INET)
		return ntohl(((const struct sockaddr_in *)(const void *)numeric)
		                     ->sin_addr.s_addr) >>
		               24 ==
		       127;
	if (numeric->sa_family == AF_INET6)
		return IN6_IS_ADDR_LOOPBACK(
			&((const struct sockaddr_in6 *)(const void *)numeric)->sin6_addr);
	return false;
}

void address_format(const struct sockaddr *numeric, char *text, size_t size)
{
	const struct sockaddr_in *in = (const void *)numeric;
	const struct sockaddr_in6 *in6 = (const void *)numeric;
	char host[INET6_ADDRSTRLEN] = "";

	if (numeric->sa_family == AF_INET) {
		(void)inet_ntop(AF_INET, &in->sin_addr, host, sizeof(host));
		(void)snprintf(text, size, "%s:%u", host, ntohs(in->sin_port));
	} else if (numeric->sa_family == AF_INET6) {
		(void)inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof(host));
		(void)snprintf(text, size, "[%s]:%u", host, ntohs(in6->sin6_port));
	} else {
		(void)snprintf(text, size, "unix");
	}
}
