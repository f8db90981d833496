/*
 * One message, gzipped.
 *
 * A small packed message may unpack to a thousand times its size: the memory
 * grows with what comes out, and ends at the limit for plain messages.
 */
#include "rpc/gzip.h"

#include <stdlib.h>
#include <zlib.h>

#include "base/auto.h"
#include "base/err.h"

#define GZIP_WINDOW (15 + 16) /* zlib's way to say gzip */
#define FIRST_PIECE 4096

static int unpack(z_stream *zip, size_t max, uint8_t **ret_plain, size_t *ret_len);

int gzip_pack(struct bytes plain, uint8_t **ret_packed, size_t *ret_len)
{
	z_stream zip = {0};
	AUTO(freep) uint8_t *packed = NULL;
	size_t size;
	int r;

	if (plain.len > UINT32_MAX)
		return E_LIMIT;
	if (deflateInit2(&zip, Z_BEST_SPEED, Z_DEFLATED, GZIP_WINDOW, 8,
	                 Z_DEFAULT_STRATEGY) != Z_OK)
		return E_NOMEM;
	size = deflateBound(&zip, plain.len);
	packed = malloc(size);
	if (packed == NULL) {
		(void)deflateEnd(&zip);
		return E_NOMEM;
	}
	zip.next_in = (Bytef *)(uintptr_t)plain.data;
	zip.avail_in = (uInt)plain.len;
	zip.next_out = packed;
	zip.avail_out = (uInt)size;
	r = deflate(&zip, Z_FINISH);
	*ret_len = zip.total_out;
	(void)deflateEnd(&zip);
	if (r != Z_STREAM_END)
		return E_LIMIT;
	*ret_packed = TAKE(packed);
	return 0;
}

int gzip_unpack(struct bytes packed, size_t max, uint8_t **ret_plain, size_t *ret_len)
{
	z_stream zip = {0};
	int r;

	if (packed.len > UINT32_MAX || packed.len == 0)
		return E_PROTOCOL;
	if (inflateInit2(&zip, GZIP_WINDOW) != Z_OK)
		return E_NOMEM;
	zip.next_in = (Bytef *)(uintptr_t)packed.data;
	zip.avail_in = (uInt)packed.len;
	r = unpack(&zip, max, ret_plain, ret_len);
	(void)inflateEnd(&zip);
	return r;
}

static int unpack(z_stream *zip, size_t max, uint8_t **ret_plain, size_t *ret_len)
{
	AUTO(freep) uint8_t *plain = NULL;
	size_t size = 0, len = 0;
	int r = Z_OK;

	while (r == Z_OK) {
		if (len == size) {
			uint8_t *larger;

			if (size > max)
				return E_LIMIT;
			size = size == 0 ? FIRST_PIECE : 2 * size;
			if (size > max)
				size = max + 1; /* one more than is allowed tells */
			larger = realloc(plain, size);
			if (larger == NULL)
				return E_NOMEM;
			plain = larger;
		}
		zip->next_out = plain + len;
		zip->avail_out = (uInt)(size - len);
		r = inflate(zip, Z_NO_FLUSH);
		len = size - zip->avail_out;
	}
	if (r == Z_MEM_ERROR)
		return E_NOMEM;
	if (r != Z_STREAM_END || zip->avail_in != 0)
		return E_PROTOCOL;
	if (len > max)
		return E_LIMIT;
	*ret_plain = TAKE(plain);
	*ret_len = len;
	return 0;
}
