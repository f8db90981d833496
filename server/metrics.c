/*
 * Metrics: a table of names, and a snapshot of what they stand for.
 *
 *	GET /metrics -> who asks? -> snapshot -> text
 *
 * Only operators, the bureau's office and other nodes may read them. Nothing here waits,
 * so that a duband whose database is gone still says so.
 */
#include "server/metrics.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/auto.h"
#include "base/err.h"
#include "base/log.h"
#include "base/text.h"
#include "rpc/server.h"
#include "server/server.h"
#include "server/service.h"
#include "server/watch.h"

#define READERS (CALLER_OPERATOR | CALLER_OFFICE | CALLER_NODE)

struct snapshot {
	struct rpc_server_counts rpc;
	uint64_t database_up, standby_confirms, schema;
	uint64_t reports_under_way, jobs_waiting, alert_streams;
	uint64_t started, crl_next_update; /* Unix time in seconds */
};

/* clang-format off */
#define AT(member) offsetof(struct snapshot, member)
static const struct {
	const char *name, *type;
	size_t at;
	const char *help;
} table[] = {
	{"duband_connections_open", "gauge", AT(rpc.connections_open), N_("当前连接数")},
	{"duband_connections_total", "counter", AT(rpc.connections_total), N_("启动以来的连接数")},
	{"duband_handshakes_failed_total", "counter", AT(rpc.handshakes_failed), N_("启动以来失败的 TLS 握手次数")},
	{"duband_accepts_paused_total", "counter", AT(rpc.accepts_paused), N_("因描述符或内存不足而暂停接入的次数")},
	{"duband_calls_open", "gauge", AT(rpc.calls_open), N_("正在处理的请求数")},
	{"duband_calls_total", "counter", AT(rpc.calls_total), N_("启动以来的请求数，含 HTTP 请求")},
	{"duband_http_requests_total", "counter", AT(rpc.http_total), N_("启动以来的 HTTP 请求数")},
	{"duband_reports_under_way", "gauge", AT(reports_under_way), N_("等待入库的报送数")},
	{"duband_jobs_waiting", "gauge", AT(jobs_waiting), N_("等待处理器的验签等任务数")},
	{"duband_alert_streams_open", "gauge", AT(alert_streams), N_("正在接收预警的连接数")},
	{"duband_database_up", "gauge", AT(database_up), N_("数据库可用为 1，否则为 0")},
	{"duband_standby_confirms", "gauge", AT(standby_confirms), N_("有备库确认每次提交为 1，否则为 0")},
	{"duband_schema_version", "gauge", AT(schema), N_("数据库表结构版本")},
	{"duband_start_time_seconds", "gauge", AT(started), N_("启动时间")},
	{"duband_crl_next_update_seconds", "gauge", AT(crl_next_update), N_("吊销列表到期时间；没有列表为 0")},
};
#undef AT
/* clang-format on */

static void on_begun(struct rpc_http *http);
static int admit(const struct server *srv, struct rpc_http *http);
static struct snapshot take_snapshot(const struct server *srv);
static char *write_text(const struct snapshot *snapshot);

static const struct rpc_http_handler handler = {.begun = on_begun};

void metrics_routes(struct server *srv, struct rpc_http_route *routes)
{
	routes[0] = (struct rpc_http_route){"/metrics", &handler, srv};
	routes[1] = (struct rpc_http_route){NULL, NULL, NULL};
}

static void on_begun(struct rpc_http *http)
{
	const struct server *srv = rpc_http_context(http);
	AUTO(freep) char *text = NULL;
	struct snapshot snapshot;
	int r = admit(srv, http);

	if (r < 0) {
		log_event(LOG_INFO, "metrics", log_str("result", err_name(r)));
		rpc_http_refuse(http, 403, err_text(r));
		return;
	}
	snapshot = take_snapshot(srv);
	text = write_text(&snapshot);
	if (text == NULL)
		rpc_http_abort(http);
	else
		rpc_http_reply(http, 200, "text/plain; version=0.0.4; charset=utf-8",
		               bytes_of_str(text));
}

static int admit(const struct server *srv, struct rpc_http *http)
{
	struct identity reader;
	int r = service_peer(srv, rpc_http_peer(http), &reader);

	if (r == 0 && (service_roles(srv, &reader) & READERS) == 0)
		r = E_DENIED;
	return r;
}

static struct snapshot take_snapshot(const struct server *srv)
{
	struct snapshot now = {
		.database_up = pg_is_up(store_pg(srv->store)),
		.standby_confirms = srv->standby_confirms,
		.schema = srv->schema,
		.reports_under_way = store_under_way(srv->store),
		.jobs_waiting = work_waiting(srv->work),
		.alert_streams = watch_count(srv->watch),
		.started = (uint64_t)srv->wall_started_at / 1000,
		.crl_next_update = (uint64_t)trust_crl_next_update(srv->trust),
	};

	rpc_server_count(srv->rpc, &now.rpc);
	return now;
}

/* Gives the text; NULL: no memory. */
static char *write_text(const struct snapshot *snapshot)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	bool failed;

	if (out == NULL)
		return NULL;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const uint64_t *value =
			(const void *)((const char *)snapshot + table[i].at);

		(void)fprintf(out, "# HELP %s %s\n# TYPE %s %s\n%s %" PRIu64 "\n",
		              table[i].name, _(table[i].help), table[i].name,
		              table[i].type, table[i].name, *value);
	}
	failed = ferror(out) != 0;
	if (fclose(out) == 0 && !failed)
		return text;
	free(text);
	return NULL;
}
