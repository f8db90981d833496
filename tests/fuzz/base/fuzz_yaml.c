/* Any bytes: a tree, or problems that say why not; never a crash, never both. */
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "base/err.h"
#include "base/utf8.h"
#include "base/yaml.h"

#define ARENA_LIMIT (1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every promise of the header about a tree that is given out. */
static void check_node(const struct yaml_node *node, unsigned depth)
{
	size_t count = 0;

	CHECK(depth <= YAML_DEPTH_MAX + 1);
	CHECK(node->place.line > 0 && node->place.column > 0);
	CHECK((node->text != NULL) == (node->kind == YAML_SCALAR));
	yaml_each(child, node)
	{
		CHECK((child->key != NULL) == (node->kind == YAML_MAP));
		check_node(child, depth + 1);
		count++;
	}
	CHECK(count == node->count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct yaml_problems problems;
	struct yaml_node *root = NULL;
	struct arena arena;
	int r;

	arena_init(&arena, ARENA_LIMIT);
	yaml_problems_init(&problems, &arena);
	r = yaml_parse(&arena, "fuzz", bytes_of(data, size), &problems, &root);
	CHECK(r == 0 || r == E_SYNTAX || r == E_NOMEM);
	CHECK((r == 0) == (root != NULL));
	CHECK((r == 0) <= (problems.count == 0));
	CHECK((r == E_SYNTAX) <= (problems.count > 0));
	if (root != NULL)
		check_node(root, 1);
	for (struct yaml_problem *p = problems.first; p != NULL; p = p->next)
		CHECK(p->message[0] != '\0' && utf8_valid(bytes_of_str(p->message)));
	arena_finish(&arena);
	return 0;
}
