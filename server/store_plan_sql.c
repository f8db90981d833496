/*
 * The SQL about plans.
 *
 * The same is asked of many units at the same instants: what is asked travels as short
 * arrays, and the statements multiply them. Rows are sorted as they are written, so that
 * two servers never wait for each other, and so that the judge meets what is due at one
 * instant in the plan's own order.
 */
#include "server/store_plan_sql.h"
#include "server/store_plan.h"
#include "server/store_sql.h"

/* clang-format off */
const struct pg_statement store_plan_statements[] = {
	[STORE_PLAN_LIST] = {"plan_list",
		"SELECT * FROM (SELECT v.plan, v.version, "
			"v.version = max(v.version) OVER (PARTITION BY v.plan) AS current, "
			"p.number, p.title, v.content_hash, " SQL_MS("v.applied_at") " AS at, "
			"v.applied_by FROM plan_version v JOIN plan p USING (plan)) AS listed "
		"WHERE current OR $1::integer = 0 "
		"ORDER BY at DESC, plan, version DESC LIMIT $2::integer", 2},
	[STORE_PLAN_VERSION] = {"plan_version",
		"SELECT content_hash, " SQL_MS("applied_at") " FROM plan_version "
		"WHERE plan = $1 AND version = $2::integer", 2},
	[STORE_PLAN_FILES] = {"plan_files",
		"SELECT name, content FROM plan_file WHERE plan = $1 AND version = $2::integer "
		"ORDER BY name COLLATE \"C\"", 2},
	[STORE_PLAN_PUBLISH] = {"plan_publish",
		"WITH document AS ("
			"INSERT INTO plan (plan, number, title) VALUES ($1, $3, $4) "
			"ON CONFLICT (plan) DO UPDATE SET number = EXCLUDED.number, "
			"title = EXCLUDED.title) "
		"INSERT INTO plan_version (plan, version, content_hash, applied_at, "
		"wall_applied_at, applied_by) "
		"VALUES ($1, $2::integer, $5::bytea, $6::timestamptz, $7::timestamptz, $8)", 8},
	[STORE_PLAN_PUT_FILES] = {"plan_put_files",
		"INSERT INTO plan_file (plan, version, name, content) "
		"SELECT $1, $2::integer, f.name, f.content "
		"FROM unnest($3::text[], $4::bytea[]) AS f(name, content)", 4},
	[STORE_PLAN_PUT_UNITS] = {"plan_put_units",
		"INSERT INTO unit (code, name, department) "
		"SELECT * FROM unnest($1::text[], $2::text[], $3::text[]) ORDER BY 1 "
		"ON CONFLICT (code) DO UPDATE SET name = EXCLUDED.name, "
		"department = EXCLUDED.department "
		"WHERE (unit.name, unit.department) <> (EXCLUDED.name, EXCLUDED.department)", 3},
	[STORE_PLAN_PUT_WORDS] = {"plan_put_words",
		"WITH named AS ("
			"INSERT INTO section (plan, section, name) "
			"SELECT $1, s.* FROM unnest($2::text[], $3::text[]) AS s ORDER BY 2 "
			"ON CONFLICT (plan, section) DO UPDATE SET name = EXCLUDED.name) "
		"INSERT INTO indicator (plan, section, indicator, name, unit_name) "
		"SELECT $1, i.* FROM unnest($4::text[], $5::text[], $6::text[], $7::text[]) AS i "
		"ORDER BY 2, 3 "
		"ON CONFLICT (plan, section, indicator) DO UPDATE SET name = EXCLUDED.name, "
		"unit_name = EXCLUDED.unit_name", 7},
	[STORE_PLAN_PUT_OBLIGATIONS] = {"plan_put_obligations",
		"INSERT INTO obligation (plan, unit, section, period, period_end, plan_version, "
		"opens_at, due_at, lock_at) "
		"SELECT $1, u.unit, u.section, p.period, p.ends, $2::integer, p.opens, p.due, "
		"p.lock "
		"FROM unnest($4::text[], $5::text[]) AS u(unit, section) "
		"CROSS JOIN unnest($6::text[], $7::date[], $8::timestamptz[], "
		"$9::timestamptz[], $10::timestamptz[]) AS p(period, ends, opens, due, lock) "
		"ORDER BY 2, 3, 4 "
		"ON CONFLICT (plan, unit, section, period) DO UPDATE "
		"SET plan_version = EXCLUDED.plan_version, opens_at = EXCLUDED.opens_at, "
		"due_at = EXCLUDED.due_at, lock_at = EXCLUDED.lock_at "
		"WHERE obligation.due_at > $3::timestamptz AND NOT EXISTS ("
			"SELECT FROM submission s WHERE s.plan = obligation.plan "
			"AND s.unit = obligation.unit AND s.section = obligation.section "
			"AND s.period = obligation.period)", 10},
	[STORE_PLAN_PUT_TIMETABLE] = {"plan_put_timetable",
		"INSERT INTO timetable (at, kind, level, plan, plan_version, unit, section, "
		"period, target, due_at) "
		"SELECT asked.at, asked.kind, asked.level, $1, $2::integer, asked.unit, "
		"asked.section, asked.period, asked.target, asked.due FROM ("
			"SELECT i.at, i.kind, i.level, u.unit, u.section, i.period, "
			"'' AS target, i.due, u.place "
			"FROM unnest($4::text[], $5::text[], $6::integer[]) WITH ORDINALITY "
			"AS u(unit, section, measured, place) "
			"CROSS JOIN unnest($7::timestamptz[], $8::timestamptz[], $9::integer[], "
			"$10::integer[], $11::text[]) AS i(at, due, kind, level, period) "
			"WHERE i.kind <> 3 OR u.measured <> 0 "
			"UNION ALL "
			"SELECT t.at, 4, t.level, t.unit, t.section, '', t.target, t.due, t.place "
			"FROM unnest($12::timestamptz[], $13::timestamptz[], $14::integer[], "
			"$15::text[], $16::text[], $17::text[]) WITH ORDINALITY "
			"AS t(at, due, level, unit, section, target, place)) AS asked "
		"ORDER BY asked.at, asked.kind, asked.level, asked.place, asked.period "
		"ON CONFLICT ON CONSTRAINT timetable_once DO UPDATE "
		"SET at = EXCLUDED.at, plan_version = EXCLUDED.plan_version, "
		"due_at = EXCLUDED.due_at "
		/* A target whose deadline passed is not judged yet: it may be extended. */
		"WHERE NOT timetable.done AND (timetable.due_at > $3::timestamptz "
		"OR (timetable.kind = 4 AND EXCLUDED.due_at > $3::timestamptz))", 17},
	[STORE_PLAN_TAKE_BACK] = {"plan_take_back",
		"WITH forgotten AS ("
			"DELETE FROM timetable WHERE plan = $1 AND plan_version < $2::integer "
			"AND NOT done AND due_at > $3::timestamptz AND kind <= 4) "
		"DELETE FROM obligation o WHERE o.plan = $1 AND o.plan_version < $2::integer "
		"AND o.due_at > $3::timestamptz AND NOT EXISTS ("
			"SELECT FROM submission s WHERE s.plan = o.plan AND s.unit = o.unit "
			"AND s.section = o.section AND s.period = o.period)", 3},
	/* Last, because a new partition keeps reports waiting until the end. */
	[STORE_PLAN_PREPARE] = {"plan_prepare",
		"SELECT ensure_partitions($1::integer, $2::integer), pg_notify($3, '')", 3},
	{.name = NULL},
};
/* clang-format on */
