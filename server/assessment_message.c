/* A record holds every point; a row only what the table shows. */
#include "server/assessment_message.h"

#include "duban/v1/assessment.pb-c.h"

#include "base/err.h"
#include "model/wire.h"
#include "server/message.h"

static int copy_parts(struct arena *arena, const Duban__V1__ScoreRecord *record,
                      Duban__V1__ScoreRow *row);
static Duban__V1__ScorePart *copy_part(struct arena *arena,
                                       const Duban__V1__ScorePart *from);

int assessment_row(struct arena *arena, struct arena *scratch, const char *unit,
                   const char *name, struct bytes bytes,
                   struct Duban__V1__ScoreRow **ret_row)
{
	Duban__V1__ScoreRow *row = arena_new(arena, Duban__V1__ScoreRow);
	const Duban__V1__ScoreRecord *record;
	ProtobufCMessage *message;
	int r = wire_unpack(scratch, &duban__v1__score_record__descriptor, bytes,
	                    WIRE_LENIENT, &message, NULL);

	if (r < 0 || row == NULL)
		return r == E_SYNTAX ? E_CORRUPT : E_NOMEM;
	record = (const Duban__V1__ScoreRecord *)message;
	duban__v1__score_row__init(row);
	row->unit = message_text(unit);
	row->name = message_text(name != NULL ? name : unit);
	row->rate = arena_strdup(arena, record->rate);
	row->counts = arena_new(arena, Duban__V1__ScoreCounts);
	if (row->rate == NULL || row->counts == NULL)
		return E_NOMEM;
	duban__v1__score_counts__init(row->counts);
	if (record->counts != NULL)
		*row->counts = *record->counts; /* numbers alone */
	r = copy_parts(arena, record, row);
	if (r == 0)
		*ret_row = row;
	return r;
}

static int copy_parts(struct arena *arena, const Duban__V1__ScoreRecord *record,
                      Duban__V1__ScoreRow *row)
{
	row->parts = arena_new_array(arena, record->n_parts, Duban__V1__ScorePart *);
	if (row->parts == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < record->n_parts; i++) {
		row->parts[i] = copy_part(arena, record->parts[i]);
		if (row->parts[i] == NULL)
			return E_NOMEM;
	}
	row->n_parts = record->n_parts;
	return 0;
}

static Duban__V1__ScorePart *copy_part(struct arena *arena,
                                       const Duban__V1__ScorePart *from)
{
	Duban__V1__ScorePart *part = arena_new(arena, Duban__V1__ScorePart);

	if (part == NULL)
		return NULL;
	duban__v1__score_part__init(part);
	part->kind = from->kind;
	part->weight = from->weight;
	part->points = arena_strdup(arena, from->points);
	part->possible = arena_strdup(arena, from->possible);
	part->percent = arena_strdup(arena, from->percent);
	return part->points != NULL && part->possible != NULL && part->percent != NULL
	               ? part
	               : NULL;
}
