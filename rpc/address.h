/* Addresses as people write them: "127.0.0.1:7443", "[::1]:0", "unix:/path". Pure. */
#ifndef RPC_ADDRESS_H
#define RPC_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

#define ADDRESS_HOST_MAX 256
#define ADDRESS_PATH_MAX 108

struct address {
	bool is_unix;
	char host[ADDRESS_HOST_MAX]; /* without brackets; a path for unix sockets */
	char port[6];
};

/* E_SYNTAX: no host or path, no port or one outside 0..65535, or too long. */
int address_parse(const char *text, struct address *ret_address);
/* The numeric address; E_SYNTAX when the host is a name. */
int address_numeric(const struct address *address, struct sockaddr_storage *ret_numeric);
bool address_is_loopback(const struct sockaddr *numeric);
/* "127.0.0.1:50123" or "[::1]:50123"; "unix" for anything else. */
void address_format(const struct sockaddr *numeric, char *text, size_t size);

#endif
