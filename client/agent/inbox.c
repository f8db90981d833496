/* Received alerts. An alert and the cursor past it are one transaction, so that a crash
 * neither loses nor repeats one. */
#include "client/agent/inbox.h"

#include "base/check.h"
#include "base/err.h"
#include "client/agent/agent.h"

static int insert(struct store *store, const Duban__V1__Alert *alert, int64_t wall_now);
static int read_row(void *context, sqlite3_stmt *statement);

uint64_t inbox_cursor(struct store *store)
{
	return (uint64_t)store_get(store, "alert_cursor", 0);
}

int inbox_put(struct store *store, const Duban__V1__Alert *alert, int64_t wall_now,
              bool *ret_is_new)
{
	bool is_new = false;
	int r = store_begin(store);

	if (r < 0)
		return r;
	r = insert(store, alert, wall_now);
	if (r == 0)
		is_new = store_changed(store) > 0;
	if (r == 0 && alert->cursor > inbox_cursor(store))
		r = store_set(store, "alert_cursor", (int64_t)alert->cursor);
	if (r == 0)
		r = store_run(
			store,
			SQL("DELETE FROM alert WHERE cursor <= (SELECT cursor FROM alert "
		            "ORDER BY cursor DESC LIMIT 1 OFFSET ?1)",
		            sql_int(INBOX_MAX)),
			NULL, NULL);
	if (r == 0)
		r = store_commit(store);
	if (r < 0) {
		store_rollback(store);
		return r;
	}
	*ret_is_new = is_new;
	return 0;
}

static int insert(struct store *store, const Duban__V1__Alert *alert, int64_t wall_now)
{
	return store_run(
		store,
		SQL("INSERT OR IGNORE INTO alert (cursor, kind, level, section, period, "
	            "target, decided_at, due_at, cleared_at, title, text, sample, "
	            "wall_at) "
	            "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
	            sql_int((int64_t)alert->cursor), sql_int((int)alert->kind),
	            sql_int(alert->level), sql_text(alert->section),
	            sql_text(alert->period), sql_text(alert->target),
	            sql_int(alert->decided_at), sql_int(alert->due_at),
	            sql_int(alert->cleared_at), sql_text(alert->title),
	            sql_text(alert->text), sql_int(alert->sample), sql_int(wall_now)),
		NULL, NULL);
}

int inbox_list(struct store *store, const struct inbox_query *query)
{
	return store_run(
		store,
		SQL("SELECT cursor, kind, level, section, period, target, "
	            "decided_at, due_at, cleared_at, title, text, sample, wall_at "
	            "FROM alert WHERE ?1 = 0 OR cleared_at = 0 "
	            "ORDER BY cursor DESC LIMIT ?2",
	            sql_int(query->open_only), sql_int(query->limit)),
		read_row, (void *)(uintptr_t)query);
}

static int read_row(void *context, sqlite3_stmt *s)
{
	const struct inbox_query *query = context;
	const struct inbox_alert alert = {
		.cursor = (uint64_t)sqlite3_column_int64(s, 0),
		.kind = sqlite3_column_int(s, 1),
		.level = (unsigned)sqlite3_column_int(s, 2),
		.section = sql_column(query->arena, s, 3),
		.period = sql_column(query->arena, s, 4),
		.target = sql_column(query->arena, s, 5),
		.decided_at = sqlite3_column_int64(s, 6),
		.due_at = sqlite3_column_int64(s, 7),
		.cleared_at = sqlite3_column_int64(s, 8),
		.title = sql_column(query->arena, s, 9),
		.text = sql_column(query->arena, s, 10),
		.sample = sqlite3_column_int(s, 11) != 0,
		.wall_at = sqlite3_column_int64(s, 12),
	};

	if (alert.section == NULL || alert.period == NULL || alert.target == NULL ||
	    alert.title == NULL || alert.text == NULL)
		return E_NOMEM;
	return query->visit(query->context, &alert);
}

static const struct {
	const char *key, *word;
} kinds[] = {
	{"unspecified", N_("其他")},
	{"report_due_soon", N_("临期提醒")},
	{"report_overdue", N_("催报")},
	{"behind", N_("进度预警")},
	{"target_overdue", N_("催办")},
	{"report_returned", N_("退回修改")},
	{"return_unanswered", N_("退回后逾期未重报")},
	{"review_overdue", N_("审核超时")},
	{"request_received", N_("申请待批")},
	{"request_answered", N_("申请批复")},
	{"problem_overdue", N_("问题逾期")},
	{"city_check", N_("全市核对")},
	{"problem_asked", N_("销号待核验")},
	{"problem_sent_back", N_("问题退办")},
	{"figure_withdrawn", N_("复核不实")},
};

const char *inbox_kind_key(int kind)
{
	return kinds[kind > 0 && (size_t)kind < ARRAY_LEN(kinds) ? kind : 0].key;
}

const char *inbox_kind_word(int kind)
{
	return _(kinds[kind > 0 && (size_t)kind < ARRAY_LEN(kinds) ? kind : 0].word);
}
