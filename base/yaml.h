/*
 * One YAML document as a tree whose every node knows its file, line and column.
 *
 * What a person writes by hand is read strictly: all scalars are text, and
 * duplicate keys, anchors and aliases, tags, a second document and invalid
 * UTF-8 are errors. Every error is kept, not only the first.
 */
#ifndef BASE_YAML_H
#define BASE_YAML_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/bytes.h"

enum yaml_kind { YAML_SCALAR, YAML_LIST, YAML_MAP };

struct yaml_place {
	const char *file;
	unsigned line, column; /* from 1 */
};

struct yaml_node {
	enum yaml_kind kind;
	struct yaml_place place;
	const char *text; /* YAML_SCALAR: never NULL; "" for a null */
	const char *key;  /* this node's key when its parent is a map */
	struct yaml_place key_place;
	struct yaml_node *next;  /* the next sibling, in the order of the file */
	struct yaml_node *first; /* YAML_LIST, YAML_MAP: children */
	size_t count;            /* how many */
	bool used;               /* set by the yaml_get family: see yaml_unknown_keys */
};

/* What was found wrong, in the order of the file. Messages are plain sentences. */
struct yaml_problem {
	struct yaml_place place;
	const char *message;
	struct yaml_problem *next;
};

struct yaml_problems {
	struct arena *arena;
	struct yaml_problem *first, *last;
	size_t count; /* at most YAML_PROBLEMS_MAX are kept, all are counted */
};
#define YAML_PROBLEMS_MAX 200
#define YAML_DEPTH_MAX    20

void yaml_problems_init(struct yaml_problems *problems, struct arena *arena);
/* Note a problem at @place (which may be all zero: about the file as a whole), once:
 * the same words at the same place are not noted again. */
void yaml_problem(struct yaml_problems *problems, struct yaml_place place,
                  const char *format, ...) __attribute__((format(printf, 3, 4)));

/*
 * Parse one document. @file names it in places; @text is borrowed until return,
 * the tree lives in @arena. A text of nothing but comments is the scalar "".
 *
 *   E_SYNTAX  not acceptable; @problems says where and why
 *   E_NOMEM   over the arena's limit
 */
int yaml_parse(struct arena *arena, const char *file, struct bytes text,
               struct yaml_problems *problems, struct yaml_node **ret_root);

/*
 * Readers of a tree. A NULL map gives what an absent key gives and notes nothing,
 * so that the child of yaml_need() may be asked on unchecked; something else than
 * a map is noted by all that take @problems.
 */

/* The child of a map with this key, marked used; NULL when absent or @map is no map. */
struct yaml_node *yaml_get(struct yaml_node *map, const char *key);
/* As yaml_get(), but absence or another kind is noted as a problem and gives NULL. */
struct yaml_node *yaml_need(struct yaml_node *map, const char *key, enum yaml_kind kind,
                            struct yaml_problems *problems);
/* Text of a scalar child; noted as a problem and NULL when absent or not a scalar. */
const char *yaml_need_text(struct yaml_node *map, const char *key,
                           struct yaml_problems *problems);
/* Text of a scalar child, or @otherwise when absent; another kind is a problem. */
const char *yaml_text(struct yaml_node *map, const char *key, const char *otherwise,
                      struct yaml_problems *problems);
/* Integer child within [min, max]; absent gives @otherwise; else noted as a problem. */
long yaml_integer(struct yaml_node *map, const char *key, long min, long max,
                  long otherwise, struct yaml_problems *problems);
bool yaml_bool(struct yaml_node *map, const char *key, bool otherwise,
               struct yaml_problems *problems);
/* Note every key of @map that nobody asked for, with the nearest known spelling
 * among @known (NULL-terminated; may be NULL). */
void yaml_unknown_keys(struct yaml_node *map, const char *const *known,
                       struct yaml_problems *problems);
/* NOLINTBEGIN(bugprone-macro-parentheses): @node is declared here. */
#define yaml_each(node, parent)                                                  \
	for (struct yaml_node *node = (parent) != NULL ? (parent)->first : NULL; \
	     node != NULL; node = node->next)
/* NOLINTEND(bugprone-macro-parentheses) */

#endif
