/* Any bytes as a YAML report file: texts, or problems that say why not; never a crash. */
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "base/err.h"
#include "client/agent/report_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct yaml_problems problems;
	struct report_file file;
	struct arena arena;
	int r;

	arena_init(&arena, 64u << 20);
	yaml_problems_init(&problems, &arena);
	r = report_file_read(&arena, "a.yaml", bytes_of(data, size), &problems, &file);
	CHECK(r == 0 || problems.count > 0 || r == E_NOMEM);
	CHECK(r != 0 || problems.count == 0);
	for (size_t i = 0; r == 0 && i < file.figure_count; i++)
		CHECK(file.figures[i].fields[FIGURE_NAME].text != NULL);
	arena_finish(&arena);
	return 0;
}
