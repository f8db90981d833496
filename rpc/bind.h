/* A socket that listens: on an address of IP, or a path. */
#ifndef RPC_BIND_H
#define RPC_BIND_H

#include "rpc/address.h"

/*
 * Make a socket, bind it to @address and listen; accepting from it does not wait.
 *
 *   E_SYNTAX  the host is a name    E_EXISTS  somebody listens there
 *   E_IO      anything else that the system says
 *
 * Gives *ret_fd; for unix sockets with the file, which bind_close() removes.
 */
int bind_open(const struct address *address, int *ret_fd);
void bind_close(const struct address *address, int fd);
/* What was bound, for port 0. 0 for unix sockets. */
unsigned bind_port(int fd);

#endif
