/* JSON on standard output, for programs. Keys and values are English in every language.
 */
#ifndef DUBAN_CLIENT_ADMIN_OUTPUT_H
#define DUBAN_CLIENT_ADMIN_OUTPUT_H

struct json_t;

/* Print @value and a line end. Takes it; NULL is memory that ran out. An admin_exit. */
int output_json(struct json_t *value);

#endif
