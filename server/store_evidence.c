/*
 * Reading figures and what was found about them:
 *
 *	row -> figure -> anything found? -> check
 *
 * What can go wrong: no memory; a unit that this program no longer knows, and then the
 * amount says nothing.
 */
#include "server/store_evidence.h"

#include "base/err.h"

enum {
	NAME,
	VALUE,
	VALUE_UNIT,
	HEDGE,
	STANDING,
	BY,
	AT,
	REMARK,
	EARLIER,
	EARLIER_UNIT,
	EARLIER_HEDGE,
	EARLIER_PERIOD,
	SEEN,
	SEEN_UNIT,
	ACCEPTED,
	ACCEPTED_UNIT,
	ACCEPTED_ON,
	DOCUMENT,
	ACCEPTED_BY,
};

static bool has_check(const struct evidence_reader *reader, size_t row);
static int read_check(const struct evidence_reader *reader, size_t row,
                      struct figure_check *ret);
static bool read_quantity(const struct evidence_reader *reader, size_t row, int value,
                          struct quantity *ret);
static const char *text(const struct evidence_reader *reader, size_t row, int column);

int evidence_begin(struct evidence_reader *reader, struct arena *arena,
                   const struct pg_result *result, int first, size_t rows)
{
	*reader = (struct evidence_reader){
		.arena = arena,
		.result = result,
		.first = first,
		.figures = arena_new_array(arena, rows, struct figure),
		.checks = arena_new_array(arena, rows, struct figure_check),
	};
	return reader->figures != NULL && reader->checks != NULL ? 0 : E_NOMEM;
}

int evidence_read(struct evidence_reader *reader, size_t row)
{
	struct figure *figure = &reader->figures[reader->figure_count];
	struct quantity value;
	int r = 0;

	if (!read_quantity(reader, row, VALUE, &value))
		return 0;
	value.hedge = (enum hedge)pg_integer(reader->result, row, reader->first + HEDGE);
	*figure = (struct figure){
		.indicator = text(reader, row, NAME),
		.value = value,
		.reason = "",
	};
	if (figure->indicator == NULL)
		return E_NOMEM;
	reader->figure_count++;
	if (has_check(reader, row))
		r = read_check(reader, row, &reader->checks[reader->check_count++]);
	return r;
}

static bool has_check(const struct evidence_reader *reader, size_t row)
{
	return pg_integer(reader->result, row, reader->first + STANDING) != 0 ||
	       !pg_is_null(reader->result, row, reader->first + SEEN) ||
	       !pg_is_null(reader->result, row, reader->first + ACCEPTED);
}

static int read_check(const struct evidence_reader *reader, size_t row,
                      struct figure_check *ret)
{
	struct figure_check check = {
		.indicator = text(reader, row, NAME),
		.standing = (enum figure_standing)pg_integer(reader->result, row,
	                                                     reader->first + STANDING),
		.by = text(reader, row, BY),
		.remark = text(reader, row, REMARK),
		.at = pg_integer(reader->result, row, reader->first + AT),
		.earlier_period = text(reader, row, EARLIER_PERIOD),
		.accepted_on = text(reader, row, ACCEPTED_ON),
		.document = text(reader, row, DOCUMENT),
		.accepted_by = text(reader, row, ACCEPTED_BY),
	};

	(void)read_quantity(reader, row, SEEN, &check.seen);
	(void)read_quantity(reader, row, ACCEPTED, &check.accepted);
	if (read_quantity(reader, row, EARLIER, &check.earlier))
		check.earlier.hedge =
			(enum hedge)pg_integer(reader->result, row,
		                               reader->first + EARLIER_HEDGE);
	if (check.indicator == NULL || check.by == NULL || check.remark == NULL ||
	    check.earlier_period == NULL || check.accepted_on == NULL ||
	    check.document == NULL || check.accepted_by == NULL)
		return E_NOMEM;
	*ret = check;
	return 0;
}

/* The unit stands in the next column. False: there is none, or it says nothing. */
static bool read_quantity(const struct evidence_reader *reader, size_t row, int value,
                          struct quantity *ret)
{
	int column = reader->first + value;
	const struct unit *unit;
	const char *why;

	if (pg_is_null(reader->result, row, column))
		return false;
	unit = unit_find(pg_text(reader->result, row, column + 1));
	return unit != NULL &&
	       quantity_parse(pg_text(reader->result, row, column), unit, ret, &why) == 0;
}

static const char *text(const struct evidence_reader *reader, size_t row, int column)
{
	return arena_strdup(reader->arena,
	                    pg_text(reader->result, row, reader->first + column));
}

struct evidence evidence_end(const struct evidence_reader *reader, bool passed)
{
	return (struct evidence){
		.figures = reader->figures,
		.figure_count = reader->figure_count,
		.checks = reader->checks,
		.check_count = reader->check_count,
		.passed = passed,
	};
}
