/* One message, gzipped. Pure. */
#ifndef RPC_GZIP_H
#define RPC_GZIP_H

#include "base/bytes.h"

/* Gives memory for free(). E_NOMEM; E_LIMIT for more than 4 GiB. */
int gzip_pack(struct bytes plain, uint8_t **ret_packed, size_t *ret_len);
/* Gives memory for free(). E_LIMIT: more than @max bytes; E_PROTOCOL: not gzip, or
 * something behind it; E_NOMEM. */
int gzip_unpack(struct bytes packed, size_t max, uint8_t **ret_plain, size_t *ret_len);

#endif
