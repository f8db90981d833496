/* Scores as messages. Pure; runs on the pool. */
#ifndef DUBAN_SERVER_ASSESSMENT_MESSAGE_H
#define DUBAN_SERVER_ASSESSMENT_MESSAGE_H

#include "base/arena.h"
#include "base/bytes.h"

struct Duban__V1__ScoreRow;

/*
 * A row of the table from a serialized ScoreRecord: everything but its rank. Lives in
 * @arena; @scratch holds the record meanwhile. @name may be NULL: a unit that the plan no
 * longer has.
 *
 *   E_CORRUPT  this is no record      E_NOMEM
 */
int assessment_row(struct arena *arena, struct arena *scratch, const char *unit,
                   const char *name, struct bytes record,
                   struct Duban__V1__ScoreRow **ret_row);

#endif
