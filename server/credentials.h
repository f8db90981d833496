/*
 * Who we are and whom we trust: certificates, keys and revocation lists from files, read
 * at start and again at SIGHUP or by an RPC. The receipt signer stays as it was read at
 * start: changing it needs a restart.
 */
#ifndef DUBAN_SERVER_CREDENTIALS_H
#define DUBAN_SERVER_CREDENTIALS_H

#include <stddef.h>

#include "model/identity.h"
#include "model/seal.h"
#include "rpc/tls.h"
#include "server/settings.h"

struct server;
struct credentials;

#define CREDENTIALS_WHY_MAX 400

/*
 * Read everything that @settings names. Borrows it until destroyed.
 *
 *   E_IO           a file cannot be read
 *   E_CERTIFICATE  it is not what it should be: not a /node/ certificate, another trust
 *                  domain, key and certificate that do not match
 *   E_NOMEM
 *
 * @why takes CREDENTIALS_WHY_MAX bytes.
 */
int credentials_create(const struct settings *settings, struct credentials **ret,
                       char *why);
void credentials_destroy(struct credentials *credentials); /* accepts NULL */
const struct identity *credentials_node(const struct credentials *credentials);
const struct signer *credentials_receipts(const struct credentials *credentials);
/* Gives a reference. */
struct trust *credentials_trust(const struct credentials *credentials);
/* The TLS side of one of the settings' listeners; borrowed. */
struct rpc_tls *credentials_tls(const struct credentials *credentials, size_t listener);
/* From now on nobody is admitted; rpc_server_recheck() then closes every connection. */
void credentials_admit_nobody(struct credentials *credentials);
/* Write a warning to the log for what expires soon or has expired. */
void credentials_warn(const struct credentials *credentials);

/*
 * Read all files again, replace srv->trust, and close the connections of peers that are
 * no longer admitted. On an error the old ones stay in force. Errors as above.
 * @ret_why: borrowed until the next call.
 */
int credentials_reload(struct server *srv, unsigned *ret_closed, const char **ret_why);

#endif
