/* DSSE's pre-authentication encoding: the bytes that are signed. For model/ only. */
#ifndef DUBAN_MODEL_DSSE_H
#define DUBAN_MODEL_DSSE_H

#include "base/bytes.h"

/* "DSSEv1 <len type> <type> <len payload> <payload>". Gives memory from malloc, to be
 * freed by free(). E_NOMEM. */
int dsse_encode(const char *type, struct bytes payload, uint8_t **ret_data,
                size_t *ret_len);

#endif
