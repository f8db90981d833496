/*
 * Settings as a table: the parser, --help, the sample file and the reference
 * page are made from the same rows.
 *
 * A program declares one struct for its settings and one row a setting; a file
 * is a two-level YAML map, "section: {name: value}".
 */
#ifndef BASE_CONFIG_H
#define BASE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/yaml.h"

enum config_type {
	CONFIG_TEXT,     /* const char * */
	CONFIG_INTEGER,  /* long, within min..max */
	CONFIG_BOOL,     /* bool: true or false */
	CONFIG_DURATION, /* long, milliseconds: 500ms, 30s, 5m, 12h, 7d */
	CONFIG_SIZE,     /* long, bytes: 64KiB, 4MiB, plain bytes */
	CONFIG_CHOICE,   /* int: index into choices, "a|b|c" */
	CONFIG_SPECIAL,  /* any YAML; the program reads the node itself */
};

struct config_setting {
	const char *section, *name;
	enum config_type type;
	size_t offset; /* of the member in the program's struct */
	/*
	 * The default, as it would stand in a file. NULL: none; the member stays as
	 * it was. CONFIG_SPECIAL: for the sample only, absence is told to read().
	 */
	const char *value;
	const char *choices; /* CONFIG_CHOICE */
	long min, max;       /* CONFIG_INTEGER, CONFIG_DURATION (ms), CONFIG_SIZE */
	const char *help;    /* one sentence: what it does, unit, what the limits mean */
	/* CONFIG_SPECIAL: read @node (NULL when absent) into the struct. */
	int (*read)(void *settings, struct yaml_node *node, struct arena *arena,
	            struct yaml_problems *problems);
};
#define CONFIG_END           \
	{                    \
		.name = NULL \
	}

/*
 * Fill in @settings: defaults, then @root (NULL: defaults only). Texts live in
 * @arena. Every problem is noted; E_SYNTAX when there was any, E_NOMEM when
 * the arena is full.
 */
int config_read(const struct config_setting *table, void *settings, struct arena *arena,
                struct yaml_node *root, struct yaml_problems *problems);
/*
 * Read a file of at most CONFIG_FILE_MAX bytes and then the above.
 *
 *   E_IO      it cannot be read; noted as a problem, as the following are
 *   E_LIMIT   it is larger
 *   E_SYNTAX  as above, or it is no YAML: then @settings is as it was
 *   E_NOMEM   over the arena's limit
 */
#define CONFIG_FILE_MAX (256 * 1024)
int config_read_file(const struct config_setting *table, void *settings,
                     struct arena *arena, const char *path,
                     struct yaml_problems *problems);
/* A commented sample file with every setting at its default. */
void config_print_sample(const struct config_setting *table, FILE *out);
/* One line a problem: "file:line:column: message", less what is not known. */
void config_print_problems(const struct yaml_problems *problems, FILE *out);

#endif
