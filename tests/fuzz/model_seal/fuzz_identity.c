/* Any text: an identity that says the same URI again, or a refusal. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/err.h"
#include "model/identity.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char uri[2 * IDENTITY_URI_MAX] = "", again[4 * IDENTITY_URI_MAX];
	struct identity identity;
	int r;

	memcpy(uri, data, size < sizeof(uri) ? size : sizeof(uri) - 1);
	r = identity_parse(uri, &identity);
	CHECK(r == 0 || r == E_SYNTAX);
	if (r != 0)
		return 0;
	(void)snprintf(again, sizeof(again), "spiffe://%s/%s%s%s%s%s", identity.domain,
	               identity.path, identity.name[0] != '\0' ? "/" : "",
	               identity.role == ROLE_AGENT    ? "agent"
	               : identity.role == ROLE_SIGNER ? "signer"
	               : identity.role == ROLE_PERSON ? "person"
	                                              : "",
	               identity.name[0] != '\0' ? "/" : "", identity.name);
	CHECK(strcmp(again, uri) == 0 && strcmp(identity.uri, uri) == 0);
	CHECK(strstr(identity.path, identity.unit) != NULL);
	return 0;
}
