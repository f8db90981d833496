/*
 * The SQL about plans.
 *
 * The same is asked of many units at the same instants: what is asked is kept as it was
 * said (timetable_units, _period, _group), and two functions of the schema multiply it
 * when its time comes, sorted, so that two servers never wait for each other, and so that
 * the judge meets what is due at one instant in the plan's own order.
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
		"WITH alone AS MATERIALIZED (" SQL_LOCK_TIMETABLE "), document AS ("
			"INSERT INTO plan (plan, number, title) VALUES ($1, $3, $4) "
			"ON CONFLICT (plan) DO UPDATE SET number = EXCLUDED.number, "
			"title = EXCLUDED.title) "
		"INSERT INTO plan_version (plan, version, content_hash, applied_at, "
		"wall_applied_at, applied_by) "
		"SELECT $1, $2::integer, $5::bytea, $6::timestamptz, $7::timestamptz, $8 "
		"FROM alone", 8},
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
	/* What earlier versions have asked already stays: groups that speak of what was due
	 * become rows as they stand. What they would have asked is gone. */
	[STORE_PLAN_FORGET] = {"plan_forget",
		"WITH passed AS ("
			"INSERT INTO timetable (at, kind, level, plan, plan_version, unit, section, "
			"period, target, due_at) "
			"SELECT g.at, g.kind, g.level, g.plan, g.plan_version, u.unit, s.section, "
			"g.period, g.target, g.due_at FROM timetable_group g "
			"JOIN timetable_units s USING (plan, place) "
			"CROSS JOIN LATERAL unnest(s.units) WITH ORDINALITY AS u(unit, nth) "
			"WHERE g.plan = $1 AND g.due_at <= $2::timestamptz AND (g.kind > 2 "
			"OR NOT EXISTS (SELECT FROM submission r WHERE r.plan = g.plan "
			"AND r.unit = u.unit AND r.section = s.section AND r.period = g.period)) "
			"ORDER BY g.at, g.id, u.nth "
			"ON CONFLICT ON CONSTRAINT timetable_once DO NOTHING), "
		"groups AS (DELETE FROM timetable_group WHERE plan = $1), "
		"units AS (DELETE FROM timetable_units WHERE plan = $1), "
		"ahead AS (DELETE FROM timetable WHERE plan = $1 AND NOT done "
			"AND due_at > $2::timestamptz AND kind <= 4 "
			/* of who was given more time the rows stay, in place of the version's */
			"AND NOT EXISTS (SELECT FROM obligation e WHERE timetable.kind < 4 "
			"AND e.plan = timetable.plan AND e.unit = timetable.unit "
			"AND e.section = timetable.section AND e.period = timetable.period "
			"AND e.extended_due_at IS NOT NULL)) "
		"DELETE FROM timetable_period WHERE plan = $1", 2},
	/* The units of a set travel as one text: codes have no comma. */
	[STORE_PLAN_PUT_ASKED] = {"plan_put_asked",
		"WITH sets AS ("
			"INSERT INTO timetable_units (plan, place, section, reports, units) "
			"SELECT $1, s.place, s.section, s.reports <> 0, string_to_array(s.units, ',') "
			"FROM unnest($3::text[], $4::integer[], $5::text[]) WITH ORDINALITY "
			"AS s(section, reports, units, place)), "
		"periods AS ("
			"INSERT INTO timetable_period (plan, period, period_end, plan_version, "
			"opens_at, due_at, lock_at) "
			"SELECT $1, p.period, p.ends, $2::integer, p.opens, p.due, p.lock "
			"FROM unnest($6::text[], $7::date[], $8::timestamptz[], $9::timestamptz[], "
			"$10::timestamptz[]) AS p(period, ends, opens, due, lock)) "
		"INSERT INTO timetable_group (at, kind, level, plan, plan_version, place, "
		"period, target, due_at) "
		"SELECT g.at, g.kind, g.level, $1, $2::integer, g.place, g.period, g.target, "
		"g.due FROM unnest($11::timestamptz[], $12::timestamptz[], $13::integer[], "
		"$14::integer[], $15::integer[], $16::text[], $17::text[]) "
		"AS g(at, due, kind, level, place, period, target) "
		"ORDER BY g.at, g.kind, g.level, g.place, g.period, g.target", 17},
	[STORE_PLAN_OPEN] = {"plan_open",
		"SELECT unfold_periods($1::timestamptz)", 1},
	/* A target whose deadline passed is not judged yet: it may be extended. */
	[STORE_PLAN_TAKE_BACK] = {"plan_take_back",
		"WITH extended AS ("
			"DELETE FROM timetable t USING timetable_group g "
			"JOIN timetable_units s USING (plan, place) "
			"WHERE g.plan = $1 AND g.kind = 4 AND g.due_at > $3::timestamptz "
			"AND t.plan = $1 AND t.kind = 4 AND NOT t.done "
			"AND t.due_at <= $3::timestamptz AND t.level = g.level "
			"AND t.section = s.section AND t.target = g.target "
			"AND t.unit = ANY(s.units)), "
		/* Overdue by a deadline that was extended: it will be judged by the new one. */
		"relieved AS ("
			"UPDATE alert a SET cleared_at = $3::timestamptz FROM timetable_group g "
			"JOIN timetable_units s USING (plan, place) "
			"WHERE g.plan = $1 AND g.kind = 4 AND a.plan = $1 AND a.kind = 4 "
			"AND a.cleared_at IS NULL AND g.due_at > a.due_at AND a.level = g.level "
			"AND a.section = s.section AND a.target = g.target "
			"AND a.unit = ANY(s.units)) "
		"DELETE FROM obligation o WHERE o.plan = $1 AND o.plan_version < $2::integer "
		"AND o.due_at > $3::timestamptz AND NOT EXISTS ("
			"SELECT FROM submission s WHERE s.plan = o.plan AND s.unit = o.unit "
			"AND s.section = o.section AND s.period = o.period)", 3},
	[STORE_PLAN_PUT_MOVED] = {"plan_put_moved",
		"INSERT INTO plan_moved (plan, version, period, due_from, due_to, lock_from, "
		"lock_to, was_estimated, is_estimated, reports, calendar_from, calendar_to) "
		"SELECT $1, $2::integer, m.period, m.due_from, m.due_to, m.lock_from, m.lock_to, "
		"m.guessed <> 0, m.guess <> 0, m.reports, $3, $4 "
		"FROM unnest($5::text[], $6::timestamptz[], $7::timestamptz[], "
		"$8::timestamptz[], $9::timestamptz[], $10::integer[], $11::integer[], "
		"$12::integer[]) "
		"AS m(period, due_from, due_to, lock_from, lock_to, guessed, guess, reports)", 12},
	[STORE_PLAN_MOVED] = {"plan_moved",
		"SELECT v.version, " SQL_MS("v.applied_at") ", m.period, "
		"coalesce(" SQL_MS("m.due_from") ", 0), coalesce(" SQL_MS("m.due_to") ", 0), "
		"coalesce(" SQL_MS("m.lock_from") ", 0), coalesce(" SQL_MS("m.lock_to") ", 0), "
		"coalesce(m.was_estimated, false), coalesce(m.is_estimated, false), "
		"coalesce(m.reports, 0), coalesce(m.calendar_from, ''), "
		"coalesce(m.calendar_to, '') "
		"FROM plan_version v LEFT JOIN plan_moved m USING (plan, version) "
		"WHERE v.plan = $1 AND v.version = CASE WHEN $2::integer <> 0 THEN $2::integer "
		"ELSE (SELECT max(n.version) FROM plan_moved n WHERE n.plan = $1) END "
		"ORDER BY m.due_to", 2},
	/* Last, because a new partition keeps reports waiting until the end. */
	[STORE_PLAN_PREPARE] = {"plan_prepare",
		"SELECT ensure_partitions($1::integer, $2::integer), pg_notify($3, '')", 3},
	{.name = NULL},
};
/* clang-format on */
