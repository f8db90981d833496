/* The error table, as strings and numbers. */
#include "base/err.h"

#include "base/check.h"

struct row {
	int value;
	const char *name;
	int grpc;
	enum err_policy policy;
	const char *text;
};

static const struct row rows[] = {{0, "E_OK", 0, ERR_GIVE_UP, "ok"},
#define ROW(name, value, grpc, policy, text) {value, #name, grpc, policy, text},
                                  ERR_TABLE(ROW)
#undef ROW
};

static const struct row *find(int err)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].value == err)
			return &rows[i];
	return &rows[ARRAY_LEN(rows) - 1]; /* E_INTERNAL stands last */
}

const char *err_name(int err)
{
	return find(err)->name;
}

const char *err_text(int err)
{
	return find(err)->text;
}

int err_grpc(int err)
{
	return find(err)->grpc;
}

enum err_policy err_policy(int err)
{
	return find(err)->policy;
}
