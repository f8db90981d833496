/* How a calendar keeps its years: for the files that read and ask it. */
#ifndef DUBAN_MODEL_CALENDAR_INTERNAL_H
#define DUBAN_MODEL_CALENDAR_INTERNAL_H

#include "model/calendar.h"

#define CALENDAR_DAYS_MAX 366

enum {
	CALENDAR_REST = 1,    /* no work, by notice */
	CALENDAR_WORK = 2,    /* a Saturday or Sunday that is worked */
	CALENDAR_AVOIDED = 4, /* worked, but nothing should fall due */
};

struct calendar_year {
	int year;
	uint8_t marks[CALENDAR_DAYS_MAX]; /* of each day, from 1 January */
};

/* The year that holds @date, or NULL. */
const struct calendar_year *calendar_find_year(const struct calendar *calendar, int year);
bool day_is_weekend(day date);

#endif
