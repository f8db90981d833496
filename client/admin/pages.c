/*
 * Lists in pages:
 *
 *	request, page token -> call -> rows into the table -> next token, until there is
 *	none, or one page was enough
 */
#include "client/admin/pages.h"

#include <string.h>

#include "base/check.h"
#include "client/admin/admin.h"
#include "client/admin/call.h"
#include "client/admin/table.h"

static char *next_page(const struct pages *pages, const ProtobufCMessage *answer);
static void say_complete(size_t count, bool complete);

int pages_read(struct admin *admin, const struct pages *pages, struct table *table,
               bool *ret_complete)
{
	ProtobufCMessage *answer;

	pages->page->size = PAGES_SIZE;
	do {
		int code = admin_call(admin, pages->method, pages->request,
		                      pages->answer_type, &answer);

		if (code != ADMIN_OK)
			return code;
		pages->add(admin, table, answer);
		pages->page->token = next_page(pages, answer);
	} while (pages->all && pages->page->token[0] != '\0');
	*ret_complete = pages->page->token[0] == '\0';
	return ADMIN_OK;
}

/* Every answer that is a page has this field, and each at a place of its own. */
static char *next_page(const struct pages *pages, const ProtobufCMessage *answer)
{
	const ProtobufCFieldDescriptor *field =
		protobuf_c_message_descriptor_get_field_by_name(pages->answer_type,
	                                                        "next_page");
	char *token;

	CHECK(field != NULL && field->type == PROTOBUF_C_TYPE_STRING);
	memcpy(&token, (const char *)answer + field->offset, sizeof(token));
	return token;
}

int pages_print(struct admin *admin, const struct pages *pages, struct table *table)
{
	bool complete = true;
	int code = pages_read(admin, pages, table, &complete);
	size_t count = table_count(table);

	if (code != ADMIN_OK) {
		table_destroy(table);
		return code;
	}
	code = table_print(table);
	if (code == ADMIN_OK && !admin->json)
		say_complete(count, complete);
	else if (code == ADMIN_OK && !complete)
		(void)admin_error(_("已列 %zu 条，还有更多；用 --all 列出全部"), count);
	return code;
}

static void say_complete(size_t count, bool complete)
{
	if (!complete)
		printf(_("已列 %zu 条，还有更多；用 --all 列出全部。\n"), count);
	else if (count > 0)
		printf(_("共 %zu 条，已列全。\n"), count);
}
