/* Any bytes as a receipt: nothing but the kept examples may verify. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/auto.h"
#include "base/check.h"
#include "base/err.h"
#include "model/receipt.h"
#include "tests/fuzz/model_seal/fuzz_ca.h"

#define MEMORY_MAX (4 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct trust *trust; /* made once, for speed */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t report_id[REPORT_ID_SIZE] = {0};
	AUTO(arena_finishp) struct arena arena;
	const struct receipt_body *body;
	int r;

	if (trust == NULL)
		CHECK(trust_create(bytes_of_str(fuzz_ca), bytes_of(NULL, 0), &trust,
		                   NULL) == 0);
	arena_init(&arena, MEMORY_MAX);
	/* The body alone is also read from the database. */
	r = receipt_body_decode(&arena, bytes_of(data, size), &body);
	CHECK(r == 0 || r == E_SYNTAX || r == E_NOMEM);
	r = receipt_verify(&arena, trust, bytes_of(data, size), report_id,
	                   bytes_of_str("payload"), FUZZ_NOW, &body);
	if (r == 0)
		CHECK(strcmp(body->number, "2022-09-430112-02-0007") == 0);
	return 0;
}
