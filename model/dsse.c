/* DSSE's pre-authentication encoding: what is signed says its type and its lengths. */
#include "model/dsse.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"

#define HEADER_MAX 64 /* "DSSEv1" and two lengths */

int dsse_encode(const char *type, struct bytes payload, uint8_t **ret_data,
                size_t *ret_len)
{
	size_t size = HEADER_MAX + strlen(type);
	uint8_t *data;
	int header;

	if (payload.len > SIZE_MAX - size)
		return E_NOMEM;
	data = malloc(size + payload.len);
	if (data == NULL)
		return E_NOMEM;
	header = snprintf((char *)data, size, "DSSEv1 %zu %s %zu ", strlen(type), type,
	                  payload.len);
	if (payload.len > 0)
		memcpy(data + header, payload.data, payload.len);
	*ret_data = data;
	*ret_len = (size_t)header + payload.len;
	return 0;
}
