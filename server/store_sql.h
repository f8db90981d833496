/* What the SQL texts of the store's files share. */
#ifndef DUBAN_SERVER_STORE_SQL_H
#define DUBAN_SERVER_STORE_SQL_H

/* A timestamptz as milliseconds since 1970, exactly. */
#define SQL_MS(column) "(extract(epoch FROM " column ") * 1000)::bigint"

/* All that inserts alerts stands in one row: cursors become visible in ascending order.
 */
#define SQL_LOCK_ALERTS \
	"SELECT pg_advisory_xact_lock(hashtext('duban'), hashtext('alert'))"

/* What changes what the timetable will ask, or makes rows of it, stands in one row. */
#define SQL_LOCK_TIMETABLE \
	"SELECT pg_advisory_xact_lock(hashtext('duban'), hashtext('timetable'))"

#endif
