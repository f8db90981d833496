/*
 * One connection to PostgreSQL, in pipeline mode, watched by uv_poll:
 *
 *   rest -> resolve ~ ~> PQconnectPoll ~ ~> greet ~ ~> ready
 *   ready: pg_connection_send -> PQsendQueryPrepared*, sync -> flush ~ ~> read ->
 * pg_finish
 *
 * The rules of pipelining, kept here and nowhere else:
 *  - One sync, one transaction, one fate: a batch is over at its PGRES_PIPELINE_SYNC and
 *    not before, because the commit happens there. No BEGIN, no COMMIT, no COPY.
 *  - Results come in the order of sending, so the batches in flight are a FIFO.
 *  - While PQflush() has not sent all, the socket is watched for reading too: the other
 *    side may wait for us to read before it reads on.
 *  - A socket is let go before libpq may close it, and watched anew after each step of
 *    connecting, which may change it.
 *
 * What can go wrong, and who must act: the connection breaks, or does not answer in time.
 * Then what was sent is unknown (its caller asks again), and the connection is made anew
 * after a rest that doubles up to PG_BACKOFF_MAX.
 */
#include "server/pg_connection.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/err.h"

static void rest(struct pg_connection *connection);
static void on_timer(uv_timer_t *timer);
static void resolve(struct pg_connection *connection);
static void on_resolved(void *context, const struct pg_target *target, const char *why);
static void connect_to(struct pg_connection *connection, const struct pg_target *target);
static void on_notice(void *context, const PGresult *result);
static void step(struct pg_connection *connection);
static void greet(struct pg_connection *connection);
static int watch(struct pg_connection *connection, int events);
static void unwatch(struct pg_connection *connection);
static void on_socket(uv_poll_t *poll, int status, int events);
static void on_socket_closed(uv_handle_t *handle);
static int flush(struct pg_connection *connection);
static void read_results(struct pg_connection *connection);
static bool expects(const struct pg_connection *connection);
static void take_result(struct pg_connection *connection, const PGresult *result);
static void on_greeted(struct pg_connection *connection);
static void read_notifications(struct pg_connection *connection);
static void arm(struct pg_connection *connection);
static int send_item(PGconn *conn, const struct pg_batch *batch, size_t item);
static void hang_up(struct pg_connection *connection);
static void on_timer_closed(uv_handle_t *handle);

void pg_connection_init(struct pg_connection *connection, struct pg *pg, bool listens)
{
	*connection = (struct pg_connection){
		.magic = PG_CONNECTION_MAGIC,
		.pg = pg,
		.listens = listens,
		.state = PG_RESTING,
		.backoff = PG_BACKOFF_FIRST,
	};
	list_init(&connection->in_flight);
	CHECK(uv_timer_init(pg->loop, &connection->timer) == 0);
	connection->timer.data = pg;
	pg->handles++;
	(void)uv_timer_start(&connection->timer, on_timer, 0, 0); /* at once */
}

/* Jitter, so that a hundred servers do not come back in step. */
static void rest(struct pg_connection *connection)
{
	int64_t jitter = arc4random_uniform((uint32_t)connection->backoff / 4 + 1);

	connection->state = PG_RESTING;
	(void)uv_timer_start(&connection->timer, on_timer,
	                     (uint64_t)(connection->backoff + jitter), 0);
	connection->backoff *= 2;
	if (connection->backoff > PG_BACKOFF_MAX)
		connection->backoff = PG_BACKOFF_MAX;
}

static void on_timer(uv_timer_t *timer)
{
	struct pg_connection *connection =
		container_of(timer, struct pg_connection, timer);

	CHECK_MAGIC(connection, PG_CONNECTION_MAGIC);
	if (connection->state == PG_RESTING)
		resolve(connection);
	else
		pg_connection_lose(connection, "no answer in time");
}

static void resolve(struct pg_connection *connection)
{
	struct pg *pg = connection->pg;
	struct pg_target target;

	if (connection->resolve != NULL) { /* the last one was given up, and still runs */
		rest(connection);
		return;
	}
	(void)uv_timer_start(&connection->timer, on_timer,
	                     (uint64_t)pg->options.connect_timeout, 0);
	if (!pg_resolve_is_needed(pg->conninfo)) {
		pg_target_fill(&target, pg->conninfo);
		connect_to(connection, &target);
		return;
	}
	connection->state = PG_RESOLVING;
	if (pg_resolve_start(pg->loop, pg->conninfo, on_resolved, connection,
	                     &connection->resolve) < 0) {
		pg_connection_lose(connection, "the host cannot be looked up");
		return;
	}
	pg->handles++;
}

static void on_resolved(void *context, const struct pg_target *target, const char *why)
{
	struct pg_connection *connection = context;

	CHECK_MAGIC(connection, PG_CONNECTION_MAGIC);
	connection->resolve = NULL;
	if (connection->state == PG_RESOLVING) { /* else it took too long */
		if (target != NULL)
			connect_to(connection, target);
		else
			pg_connection_lose(connection, why);
	}
	pg_release(connection->pg);
}

static void connect_to(struct pg_connection *connection, const struct pg_target *target)
{
	connection->state = PG_CONNECTING;
	connection->why[0] = '\0';
	connection->conn = PQconnectStartParams(target->keywords, target->values, 0);
	if (connection->conn == NULL) {
		pg_connection_lose(connection, err_text(E_NOMEM));
		return;
	}
	(void)PQsetNoticeReceiver(connection->conn, on_notice, connection);
	if (PQstatus(connection->conn) == CONNECTION_BAD ||
	    watch(connection, UV_WRITABLE) < 0)
		pg_connection_lose(connection, PQerrorMessage(connection->conn));
}

/* What the database says unasked: its last words are why it hung up. */
static void on_notice(void *context, const PGresult *result)
{
	struct pg_connection *connection = context;
	const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
	const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

	if (severity != NULL && text != NULL && strcmp(severity, "FATAL") == 0)
		(void)snprintf(connection->why, sizeof(connection->why), "%s", text);
}

/* One step of connecting. libpq may close the socket in it, and open another. */
static void step(struct pg_connection *connection)
{
	int r;

	unwatch(connection);
	switch (PQconnectPoll(connection->conn)) {
	case PGRES_POLLING_READING:
		r = watch(connection, UV_READABLE);
		break;
	case PGRES_POLLING_WRITING:
		r = watch(connection, UV_WRITABLE);
		break;
	case PGRES_POLLING_OK:
		greet(connection);
		return;
	default:
		r = E_DOWN;
		break;
	}
	if (r < 0)
		pg_connection_lose(connection, PQerrorMessage(connection->conn));
}

static void greet(struct pg_connection *connection)
{
	connection->state = PG_GREETING;
	connection->greeted = 0;
	if (PQsetnonblocking(connection->conn, 1) != 0 ||
	    PQenterPipelineMode(connection->conn) != 1 || pg_greet_send(connection) < 0 ||
	    flush(connection) < 0)
		pg_connection_lose(connection, PQerrorMessage(connection->conn));
}

static int watch(struct pg_connection *connection, int events)
{
	struct pg_socket *socket = connection->socket;

	if (socket == NULL) {
		socket = calloc(1, sizeof(*socket));
		if (socket == NULL)
			return E_NOMEM;
		if (uv_poll_init(connection->pg->loop, &socket->poll,
		                 PQsocket(connection->conn)) < 0) {
			free(socket);
			return E_DOWN;
		}
		socket->poll.data = socket;
		socket->pg = connection->pg;
		socket->connection = connection;
		connection->socket = socket;
		connection->pg->handles++;
	}
	if (socket->events == events)
		return 0;
	socket->events = events;
	return uv_poll_start(&socket->poll, events, on_socket) < 0 ? E_DOWN : 0;
}

static void unwatch(struct pg_connection *connection)
{
	struct pg_socket *socket = connection->socket;

	if (socket == NULL)
		return;
	connection->socket = NULL;
	socket->connection = NULL;
	(void)uv_poll_stop(&socket->poll);
	uv_close((uv_handle_t *)&socket->poll, on_socket_closed);
}

static void on_socket_closed(uv_handle_t *handle)
{
	struct pg_socket *socket = handle->data;
	struct pg *pg = socket->pg;

	free(socket);
	pg_release(pg);
}

static void on_socket(uv_poll_t *poll, int status, int events)
{
	struct pg_socket *socket = container_of(poll, struct pg_socket, poll);
	struct pg_connection *connection = socket->connection;
	bool broken = status < 0;

	if (connection == NULL)
		return;
	CHECK_MAGIC(connection, PG_CONNECTION_MAGIC);
	if (connection->state == PG_CONNECTING) {
		step(connection);
		return;
	}
	if (!broken && (events & UV_READABLE) != 0)
		broken = PQconsumeInput(connection->conn) != 1;
	read_results(connection); /* what came before the end is worth reading */
	if (connection->conn == NULL)
		return; /* that was a farewell */
	read_notifications(connection);
	if (broken || flush(connection) < 0)
		pg_connection_lose(connection, PQerrorMessage(connection->conn));
}

static int flush(struct pg_connection *connection)
{
	switch (PQflush(connection->conn)) {
	case 0:
		return watch(connection, UV_READABLE);
	case 1:
		return watch(connection, UV_READABLE | UV_WRITABLE);
	default:
		return E_DOWN;
	}
}

/* NULL stands between the results of two statements; two in a row are no results. */
static void read_results(struct pg_connection *connection)
{
	unsigned nulls = 0;

	while (nulls < 2 && expects(connection) && !PQisBusy(connection->conn)) {
		PGresult *result = PQgetResult(connection->conn);

		nulls = result == NULL ? nulls + 1 : 0;
		if (result != NULL)
			take_result(connection, result);
		PQclear(result);
	}
}

static bool expects(const struct pg_connection *connection)
{
	return connection->state == PG_GREETING ||
	       (connection->state == PG_READY && !list_empty(&connection->in_flight));
}

static void take_result(struct pg_connection *connection, const PGresult *result)
{
	struct pg_batch *head;

	if (connection->state == PG_GREETING) {
		if (pg_greet_result(connection, result))
			on_greeted(connection);
		return;
	}
	head = list_entry(connection->in_flight.next, struct pg_batch, link);
	if (!pg_batch_result(head, result))
		return;
	list_remove(&head->link);
	connection->in_flight_count--;
	arm(connection);
	pg_finish(connection->pg, head);
}

static void on_greeted(struct pg_connection *connection)
{
	if (connection->why[0] != '\0') {
		pg_connection_lose(connection, connection->why);
		return;
	}
	connection->state = PG_READY;
	connection->backoff = PG_BACKOFF_FIRST;
	arm(connection);
	pg_came_up(connection);
}

static void read_notifications(struct pg_connection *connection)
{
	const struct pg_options *options = &connection->pg->options;
	PGnotify *notify;

	while ((notify = PQnotifies(connection->conn)) != NULL) {
		if (options->on_notify != NULL)
			options->on_notify(options->context, notify->relname);
		PQfreemem(notify);
	}
}

/* The head of the queue has the whole time: it begins when the one before it ended. */
static void arm(struct pg_connection *connection)
{
	int64_t limit = connection->pg->options.query_timeout + PG_GRACE;

	connection->head_since = uv_now(connection->pg->loop);
	if (list_empty(&connection->in_flight))
		(void)uv_timer_stop(&connection->timer);
	else
		(void)uv_timer_start(&connection->timer, on_timer, (uint64_t)limit, 0);
}

int pg_connection_send(struct pg_connection *connection, struct pg_batch *batch)
{
	CHECK(connection->state == PG_READY && !connection->listens);
	for (size_t i = 0; i < batch->count; i++)
		if (send_item(connection->conn, batch, i) < 0)
			return E_DOWN;
	if (PQpipelineSync(connection->conn) != 1)
		return E_DOWN;
	list_push(&connection->in_flight, &batch->link);
	if (connection->in_flight_count++ == 0)
		arm(connection);
	if (flush(connection) < 0)
		pg_connection_lose(connection, PQerrorMessage(connection->conn));
	return 0;
}

static int send_item(PGconn *conn, const struct pg_batch *batch, size_t item)
{
	const struct pg_statement *statement = batch->items[item].statement;
	const char *values[PG_PARAMS_MAX];
	int lengths[PG_PARAMS_MAX], formats[PG_PARAMS_MAX];

	CHECK(statement->params >= 0 && statement->params <= PG_PARAMS_MAX);
	for (int i = 0; i < statement->params; i++) {
		const struct pg_param *param = &batch->items[item].params[i];

		values[i] =
			param->is_binary ? (const char *)param->binary.data : param->text;
		lengths[i] = param->is_binary ? (int)param->binary.len : 0;
		formats[i] = param->is_binary;
	}
	return PQsendQueryPrepared(conn, statement->name, statement->params, values,
	                           lengths, formats, 0) == 1
	               ? 0
	               : E_DOWN;
}

/* An error that the database told before it broke is an answer: nothing was stored. */
void pg_connection_lose(struct pg_connection *connection, const char *why)
{
	bool was_ready = connection->state == PG_READY;
	struct pg *pg = connection->pg;
	char text[PG_WHY_MAX];
	struct list lost, *node;

	(void)snprintf(text, sizeof(text), "%s",
	               connection->why[0] != '\0' ? connection->why : why);
	list_init(&lost);
	while ((node = list_pop(&connection->in_flight)) != NULL)
		list_push(&lost, node);
	connection->in_flight_count = 0;
	hang_up(connection);
	rest(connection);
	pg_went_down(connection, was_ready, text);
	while ((node = list_pop(&lost)) != NULL) {
		struct pg_batch *batch = list_entry(node, struct pg_batch, link);

		if (batch->status == 0)
			batch->status = E_UNKNOWN;
		pg_finish(pg, batch);
	}
}

static void hang_up(struct pg_connection *connection)
{
	if (connection->resolve != NULL)
		pg_resolve_cancel(connection->resolve);
	unwatch(connection);
	PQfinish(connection->conn);
	connection->conn = NULL;
	connection->why[0] = '\0';
}

void pg_connection_end(struct pg_connection *connection)
{
	CHECK(list_empty(&connection->in_flight));
	if (connection->state == PG_ENDED)
		return;
	connection->state = PG_ENDED;
	hang_up(connection);
	uv_close((uv_handle_t *)&connection->timer, on_timer_closed);
}

static void on_timer_closed(uv_handle_t *handle)
{
	pg_release(handle->data);
}
