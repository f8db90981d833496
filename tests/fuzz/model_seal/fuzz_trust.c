/* Any bytes as a CA file and, behind the first NUL, a file of revocation lists: a trust,
 * or a sentence that says why not. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <openssl/err.h>

#include "base/auto.h"
#include "base/check.h"
#include "base/err.h"
#include "model/seal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(trust_unrefp) struct trust *trust = NULL;
	const uint8_t *end = size > 0 ? memchr(data, 0, size) : NULL;
	struct bytes cas = bytes_of(data, end != NULL ? (size_t)(end - data) : size);
	struct bytes crls = {NULL, 0};
	const char *why = NULL;
	int r;

	if (end != NULL)
		crls = bytes_of(end + 1, size - cas.len - 1);
	r = trust_create(cas, crls, &trust, &why);
	CHECK(r == 0 || r == E_CERTIFICATE);
	CHECK((r == 0) == (trust != NULL) && (r == 0) == (why == NULL));
	CHECK(ERR_peek_error() == 0);
	return 0;
}
