/*
 * Settings of duband: the table that parser, sample file and reference are made from, and
 * the readers of what is not one plain value.
 *
 * What can go wrong, and who must act: the operator who wrote the file. Every problem is
 * noted with its place, so that one --check-config finds them all.
 */
#include "server/settings.h"

#include <string.h>

#include "base/check.h"
#include "base/err.h"
#include "base/text.h"
#include "model/calendar.h"
#include "server/service.h"

#define START_UTC_OFFSET \
	480 /* minutes: people write rehearsal.start in Changsha's time */

#define AT(member) offsetof(struct settings, member)
#define SECOND     1000L
#define MINUTE     (60 * SECOND)
#define HOUR       (60 * MINUTE)
#define KIB        1024L
#define MIB        (1024 * KIB)

static int read_listeners(void *settings, struct yaml_node *node, struct arena *arena,
                          struct yaml_problems *problems);
static int read_listener(struct yaml_node *node, struct arena *arena,
                         struct yaml_problems *problems, struct listener_settings *ret);
static int read_rule(struct yaml_node *node, struct yaml_problems *problems,
                     enum rpc_peer_rule *ret_rule);
static int read_services(struct yaml_node *node, struct arena *arena,
                         struct yaml_problems *problems,
                         const char *const **ret_services);
static int read_start(void *settings, struct yaml_node *node, struct arena *arena,
                      struct yaml_problems *problems);
static int read_contacts(void *settings, struct yaml_node *node, struct arena *arena,
                         struct yaml_problems *problems);

static const char SYNCHRONOUS_COMMIT[] = "on|remote_write|remote_apply";

/* clang-format off */
const struct config_setting settings_table[] = {
	{"server", "state_dir", CONFIG_TEXT, AT(state_dir), "/var/lib/duban", NULL, 0, 0,
	 N_("duband 自己保存数据的文件夹：内置 PostgreSQL 在其中。"), NULL},
	{"server", "trust_domain", CONFIG_TEXT, AT(trust_domain), "duban.local", NULL, 0, 0,
	 N_("证书 URI 中 spiffe:// 之后的信任域；其他域的证书不予接入。"), NULL},
	{"server", "office", CONFIG_TEXT, AT(office), "bangongshi", NULL, 0, 0,
	 N_("发布方案、执行局办公室命令的处室代号。"), NULL},
	{"server", "log", CONFIG_CHOICE, AT(log_level), "info", "debug|info|warn|error", 0, 0,
	 N_("日志级别：低于此级别的不写到标准错误。"), NULL},
	{"server", "drain", CONFIG_DURATION, AT(drain), "20s", NULL, 0, 10 * MINUTE,
	 N_("停止时，正在处理的请求最多再等多久。"), NULL},
	{"server", "listeners", CONFIG_SPECIAL, 0,
	 "- {address: \"0.0.0.0:7443\", client_certificates: required}", NULL, 0, 0,
	 N_("监听地址。client_certificates 可为 required（必须有客户端证书）、optional（可有可无）或 none（不要）；services 是服务名列表：reports、reviews、requests、projects、problems、plans、alerts、board、assessment、administration、health、reflection、metrics（不写为全部）。"),
	 read_listeners},

	{"tls", "certificate", CONFIG_TEXT, AT(tls.certificate), "/etc/duban/tls/node.pem", NULL,
	 0, 0, N_("服务器证书（URI 中含 /node/）及其证书链，PEM 格式。"), NULL},
	{"tls", "key", CONFIG_TEXT, AT(tls.key), "/etc/duban/tls/node.key", NULL, 0, 0,
	 N_("服务器证书的私钥，PEM 格式。"), NULL},
	{"tls", "ca", CONFIG_TEXT, AT(tls.ca), "/etc/duban/tls/ca.pem", NULL, 0, 0,
	 N_("签发客户端证书和报送签名证书的 CA 证书，PEM 格式。"), NULL},
	{"tls", "crl", CONFIG_TEXT, AT(tls.crl), "", NULL, 0, 0,
	 N_("证书吊销列表，PEM 格式；收到 SIGHUP 后重新读取。留空则不检查吊销。"), NULL},
	{"tls", "crl_policy", CONFIG_CHOICE, AT(tls.crl_policy), "soft", "soft|hard", 0, 0,
	 N_("吊销列表过期后：soft 继续使用并告警，hard 拒绝所有接入。"), NULL},
	{"tls", "ticket_keys", CONFIG_TEXT, AT(tls.ticket_keys), "", NULL, 0, 0,
	 N_("会话票据的密钥文件，1 至 8 个密钥，每个 80 字节，第一个用于签发；几台 duband 用同一文件，客户端换到另一台也能恢复会话。收到 SIGHUP 后重新读取。留空则自行生成并定期更换。"), NULL},
	{"tls", "ticket_rotate", CONFIG_DURATION, AT(tls.ticket_rotate), "12h", NULL, MINUTE,
	 7 * 24 * HOUR, N_("自行生成的票据密钥多久更换一次。"), NULL},
	{"tls", "ticket_life", CONFIG_DURATION, AT(tls.ticket_life), "24h", NULL, MINUTE,
	 7 * 24 * HOUR, N_("会话票据的有效期；证书过期、被吊销或 CA 更换后，票据即刻作废。"), NULL},

	{"receipts", "certificate", CONFIG_TEXT, AT(receipts.certificate),
	 "/etc/duban/receipts.pem", NULL, 0, 0,
	 N_("回执签名证书（URI 为 /node/…/signer/…）及其证书链。"), NULL},
	{"receipts", "key", CONFIG_TEXT, AT(receipts.key), "/etc/duban/receipts.key", NULL, 0, 0,
	 N_("回执签名私钥：文件路径或 URI（file:…）。"), NULL},

	{"database", "conninfo", CONFIG_TEXT, AT(conninfo), "", NULL, 0, 0,
	 N_("数据库连接串，libpq 格式（host=… dbname=…），PostgreSQL 14 及以上。留空则由 duband 在 state_dir 下运行自己的 PostgreSQL。"), NULL},
	{"database", "connections", CONFIG_INTEGER, AT(connections), "4", NULL, 1, 16,
	 N_("查询用的连接数；另有一个连接专收通知。"), NULL},
	{"database", "synchronous_commit", CONFIG_CHOICE, AT(synchronous_commit), "on",
	 SYNCHRONOUS_COMMIT, 0, 0,
	 N_("提交时等待到什么程度，见 PostgreSQL 手册；可能丢失已回执报送的取值不可选。"), NULL},
	{"database", "migrations", CONFIG_TEXT, AT(migrations), "", NULL, 0, 0,
	 N_("带编号的 SQL 文件所在文件夹。留空则用安装时的文件夹。"), NULL},

	{"postgres", "user", CONFIG_TEXT, AT(postgres.user), "postgres", NULL, 0, 0,
	 N_("以 root 启动时，内置 PostgreSQL 以哪个用户运行。"), NULL},
	{"postgres", "bin", CONFIG_TEXT, AT(postgres.bin), "", NULL, 0, 0,
	 N_("PostgreSQL 程序所在文件夹。留空则用 /usr/lib/postgresql 下最新的版本。"), NULL},

	{"rehearsal", "enabled", CONFIG_BOOL, AT(rehearsal), "false", NULL, 0, 0,
	 N_("演练模式：方案时间静止，由命令逐步推进。正式运行时不得启用。"), NULL},
	{"rehearsal", "start", CONFIG_SPECIAL, 0, "\"2022-07-01 09:00\"", NULL, 0, 0,
	 N_("演练开始的方案时间（北京时间）；数据库中已有时间的，以数据库为准。"),
	 read_start},

	{"deliver", "contacts", CONFIG_SPECIAL, 0, "[]", NULL, 0, 0,
	 N_("通过邮件或群机器人通知哪些人：列表，每项为 {name, recipient, kind: email|wecom|dingtalk|json, address, url_file, secret_file}。"),
	 read_contacts},
	{"deliver", "smtp_url", CONFIG_TEXT, AT(smtp_url), "", NULL, 0, 0,
	 N_("邮件服务器：smtp://主机:25 或 smtps://主机:465。留空则不发邮件。"), NULL},
	{"deliver", "smtp_from", CONFIG_TEXT, AT(smtp_from), "", NULL, 0, 0,
	 N_("发件人地址。"), NULL},
	{"deliver", "smtp_user", CONFIG_TEXT, AT(smtp_user), "", NULL, 0, 0,
	 N_("登录邮件服务器的用户名。留空则不登录。"), NULL},
	{"deliver", "smtp_password_file", CONFIG_TEXT, AT(smtp_password_file), "", NULL, 0, 0,
	 N_("登录密码所在文件，密码为其第一行。"), NULL},
	{"deliver", "smtp_ca_file", CONFIG_TEXT, AT(smtp_ca_file), "", NULL, 0, 0,
	 N_("邮件服务器证书的 CA 文件。留空则用系统自带的。"), NULL},
	{"deliver", "webhook_per_minute", CONFIG_INTEGER, AT(webhook_per_minute), "20", NULL,
	 1, 1000, N_("同一个群机器人每分钟最多几条消息，超出的排队。"), NULL},

	{"limits", "message", CONFIG_SIZE, AT(limits.message), "4MiB", NULL, 64 * KIB, 64 * MIB,
	 N_("单个请求的最大长度，超出的拒收。"), NULL},
	{"limits", "call_memory", CONFIG_SIZE, AT(limits.call_memory), "16MiB", NULL, MIB,
	 256 * MIB, N_("单次调用最多占用的内存。"), NULL},
	{"limits", "open_connections", CONFIG_INTEGER, AT(limits.open_connections), "12000",
	 NULL, 1, 100000, N_("同时接入的客户端连接数，超出的立即断开。"), NULL},
	{"limits", "calls_per_connection", CONFIG_INTEGER, AT(limits.calls_per_connection),
	 "256", NULL, 1, 100000, N_("单个连接上同时进行的调用数。"), NULL},
	{"limits", "reports_waiting", CONFIG_INTEGER, AT(limits.reports_waiting), "4096", NULL,
	 1, 1000000, N_("等待入库的报送数，超出的请对方稍后再报。"), NULL},
	{"limits", "reports_per_commit", CONFIG_INTEGER, AT(limits.reports_per_commit), "128",
	 NULL, 1, 1024, N_("一次提交最多合并几份报送。"), NULL},
	{"limits", "commits", CONFIG_INTEGER, AT(limits.commits), "4", NULL, 1, 16,
	 N_("同时进行的合并提交数。"), NULL},
	{"limits", "jobs_waiting", CONFIG_INTEGER, AT(limits.jobs_waiting), "4096", NULL, 16,
	 1000000, N_("等待验签的请求数，超出的请对方稍后再试。"),
	 NULL},
	{"limits", "queries_waiting", CONFIG_INTEGER, AT(limits.queries_waiting), "4096", NULL,
	 16, 1000000, N_("等待数据库连接的查询数。"), NULL},

	{"timeouts", "database_connect", CONFIG_DURATION, AT(timeouts.database_connect), "10s",
	 NULL, SECOND, 5 * MINUTE, N_("连接 PostgreSQL 的时限，含域名解析和 TLS。"), NULL},
	{"timeouts", "query", CONFIG_DURATION, AT(timeouts.query), "30s", NULL, SECOND,
	 HOUR, N_("单条语句的时限；超时即中止，视为未入库。"), NULL},
	{"timeouts", "handshake", CONFIG_DURATION, AT(timeouts.handshake), "10s", NULL, SECOND,
	 5 * MINUTE, N_("从客户端接入到 TLS 握手完成的时限。"), NULL},
	{"timeouts", "request", CONFIG_DURATION, AT(timeouts.request), "60s", NULL, SECOND, HOUR,
	 N_("从收到请求头到请求收完的时限。"), NULL},
	{"timeouts", "keepalive_interval", CONFIG_DURATION, AT(timeouts.keepalive_interval),
	 "60s", NULL, SECOND, HOUR, N_("连接空闲多久后探测对方是否在线。"), NULL},
	{"timeouts", "keepalive_timeout", CONFIG_DURATION, AT(timeouts.keepalive_timeout), "20s",
	 NULL, SECOND, HOUR, N_("探测后等待应答的时限，超时即断开。"), NULL},
	{"timeouts", "idle", CONFIG_DURATION, AT(timeouts.idle), "1h", NULL, MINUTE, 7 * 24 * HOUR,
	 N_("连接上没有调用超过此时长即关闭。"), NULL},
	CONFIG_END,
};
/* clang-format on */

int settings_read(const char *path, struct arena *arena, struct yaml_problems *problems,
                  struct settings *ret_settings)
{
	*ret_settings = (struct settings){0};
	if (path == NULL)
		return config_read(settings_table, ret_settings, arena, NULL, problems);
	return config_read_file(settings_table, ret_settings, arena, path, problems);
}

const char *settings_synchronous_commit(const struct settings *settings)
{
	static const char *const names[] = {"on", "remote_write", "remote_apply"};

	CHECK((size_t)settings->synchronous_commit < ARRAY_LEN(names));
	return names[settings->synchronous_commit];
}

static int read_listeners(void *into, struct yaml_node *node, struct arena *arena,
                          struct yaml_problems *problems)
{
	struct settings *settings = into;
	size_t count = node != NULL ? node->count : 1;
	struct listener_settings *listeners;
	size_t before = problems->count;

	if (node != NULL &&
	    (node->kind != YAML_LIST || count == 0 || count > SETTINGS_LISTENERS_MAX)) {
		yaml_problem(problems, node->place,
		             _("server.listeners 应为 1 至 %d 项的列表，每项含 "
		               "address、client_certificates、services"),
		             SETTINGS_LISTENERS_MAX);
		return E_SYNTAX;
	}
	listeners = arena_new_array(arena, count, struct listener_settings);
	if (listeners == NULL)
		return E_NOMEM;
	settings->listeners = listeners;
	settings->listener_count = count;
	if (node == NULL) {
		listeners[0].address = "0.0.0.0:7443";
		listeners[0].client_certificates = RPC_PEER_REQUIRED;
		return 0;
	}
	yaml_each(child, node)
	{
		if (read_listener(child, arena, problems, listeners++) == E_NOMEM)
			return E_NOMEM;
	}
	return problems->count > before ? E_SYNTAX : 0;
}

static int read_listener(struct yaml_node *node, struct arena *arena,
                         struct yaml_problems *problems, struct listener_settings *ret)
{
	static const char *const known[] = {"address", "client_certificates", "services",
	                                    NULL};
	const char *address;
	int r;

	if (node->kind != YAML_MAP) {
		yaml_problem(problems, node->place, _("监听项应写成“名称: 值”的形式"));
		return E_SYNTAX;
	}
	address = yaml_need_text(node, "address", problems);
	ret->address = address != NULL ? address : "";
	r = read_rule(node, problems, &ret->client_certificates);
	if (r == 0)
		r = read_services(node, arena, problems, &ret->services);
	yaml_unknown_keys(node, known, problems);
	return r;
}

static int read_rule(struct yaml_node *node, struct yaml_problems *problems,
                     enum rpc_peer_rule *ret_rule)
{
	const char *text = yaml_text(node, "client_certificates", "required", problems);

	if (text != NULL && strcmp(text, "required") == 0)
		*ret_rule = RPC_PEER_REQUIRED;
	else if (text != NULL && strcmp(text, "optional") == 0)
		*ret_rule = RPC_PEER_OPTIONAL;
	else if (text != NULL && strcmp(text, "none") == 0)
		*ret_rule = RPC_PEER_NONE;
	else {
		yaml_problem(problems, node->place,
		             _("client_certificates 应为 required、optional 或 none"));
		return E_SYNTAX;
	}
	return 0;
}

static int read_services(struct yaml_node *node, struct arena *arena,
                         struct yaml_problems *problems, const char *const **ret_services)
{
	struct yaml_node *list = yaml_get(node, "services");
	const char **names;
	size_t count = 0;

	if (list == NULL)
		return 0;
	if (list->kind != YAML_LIST || list->count > SETTINGS_SERVICES_MAX) {
		yaml_problem(problems, list->place, _("services 应为服务名列表"));
		return E_SYNTAX;
	}
	names = arena_new_array(arena, list->count + 1, const char *);
	if (names == NULL)
		return E_NOMEM;
	yaml_each(child, list)
	{
		if (child->kind != YAML_SCALAR || !service_is_known(child->text))
			yaml_problem(problems, child->place, _("没有名为“%s”的服务"),
			             child->kind == YAML_SCALAR ? child->text : "");
		else
			names[count++] = child->text;
	}
	*ret_services = names;
	return 0;
}

static int read_start(void *into, struct yaml_node *node, struct arena *arena,
                      struct yaml_problems *problems)
{
	struct settings *settings = into;
	const char *text = "2022-07-01 09:00";

	(void)arena;
	if (node != NULL)
		text = node->kind == YAML_SCALAR ? node->text : "";
	if (instant_parse(text, START_UTC_OFFSET, &settings->rehearsal_start) == 0)
		return 0;
	yaml_problem(problems, node != NULL ? node->place : (struct yaml_place){0},
	             _("rehearsal.start 应写成“2022-07-01 09:00”的形式"));
	return E_SYNTAX;
}

static int read_contacts(void *into, struct yaml_node *node, struct arena *arena,
                         struct yaml_problems *problems)
{
	struct settings *settings = into;
	struct contact *contacts = NULL;
	int r = contacts_read(arena, node, problems, &contacts, &settings->contact_count);

	settings->contacts = contacts;
	return r;
}
