/* The agent's settings. A misspelt or missing one is said with its place in the file. */
#include "client/agent/settings.h"

#include <string.h>

#include "base/err.h"
#include "client/agent/agent.h"
#include "rpc/address.h"

static int read_addresses(void *settings, struct yaml_node *node, struct arena *arena,
                          struct yaml_problems *problems);

/* clang-format off */
#define AT(member) offsetof(struct settings, member)
const struct config_setting settings_table[] = {
	{"agent", "unit", CONFIG_TEXT, AT(unit), NULL, NULL, 0, 0, N_("本单位的行政区划代码（GB/T 2260），六位数字，如 430112。必填。"), NULL},
	{"agent", "trust_domain", CONFIG_TEXT, AT(trust_domain), NULL, NULL, 0, 0, N_("证书 URI 中 spiffe:// 之后的信任域；其他域的服务器和回执不予采信。必填。"), NULL},
	{"agent", "state_dir", CONFIG_TEXT, AT(state_dir), "/var/lib/duban-agent", NULL, 0, 0, N_("保存待发报表、回执和提醒的文件夹，须在本机磁盘上。"), NULL},
	{"agent", "spool_dir", CONFIG_TEXT, AT(spool_dir), "", NULL, 0, 0, N_("报送文件夹：放进来的文件自动报送。留空则不设。"), NULL},
	{"agent", "plan", CONFIG_TEXT, AT(plan), "", NULL, 0, 0, N_("按哪个方案报送（方案编号）。留空则用中心端唯一的方案。"), NULL},
	{"centre", "addresses", CONFIG_SPECIAL, 0, "[127.0.0.1:7443]", NULL, 0, 0, N_("中心端服务器的“主机:端口”，可有几个，依次尝试。"), read_addresses},
	{"centre", "server_name", CONFIG_TEXT, AT(server_name), "localhost", NULL, 0, 0, N_("中心端证书上应有的主机名（DNS 名称）。"), NULL},
	{"centre", "timeout", CONFIG_DURATION, AT(call_timeout), "60s", NULL, 1000, 600000, N_("一次请求最多等多久；逾时未答复的再问一次，不会重复入库。"), NULL},
	{"tls", "certificate", CONFIG_TEXT, AT(certificate), "/etc/duban/agent.pem", NULL, 0, 0, N_("连接中心端所用的证书及其证书链，PEM 格式。"), NULL},
	{"tls", "key", CONFIG_TEXT, AT(key), "/etc/duban/agent.key.pem", NULL, 0, 0, N_("连接证书的私钥，PEM 格式。"), NULL},
	{"tls", "ca", CONFIG_TEXT, AT(ca), "/etc/duban/ca.pem", NULL, 0, 0, N_("签发中心端证书和回执签名证书的 CA 证书，PEM 格式。"), NULL},
	{"tls", "crl", CONFIG_TEXT, AT(crl), "", NULL, 0, 0, N_("CA 的证书吊销列表，PEM 格式。留空则本机不检查吊销。"), NULL},
	{"signer", "certificate", CONFIG_TEXT, AT(signer_certificate), "/etc/duban/signer.pem", NULL, 0, 0, N_("签署报表所用的证书，PEM 格式。"), NULL},
	{"signer", "key", CONFIG_TEXT, AT(signer_key), "/etc/duban/signer.key.pem", NULL, 0, 0, N_("签名证书的私钥：文件，或私钥 URI（如 pkcs11:…）。"), NULL},
	{"retry", "first", CONFIG_DURATION, AT(retry_first), "1s", NULL, 10, 3600000, N_("第一次失败后隔多久重试；以后每次加倍，并随机缩短至多一半。"), NULL},
	{"retry", "max", CONFIG_DURATION, AT(retry_max), "5m", NULL, 10, 86400000, N_("重试间隔的上限。须先由管理员处理的报表，间隔为此值的六倍。"), NULL},
	{"log", "level", CONFIG_CHOICE, AT(log_level), "info", "debug|info|warn|error", 0, 0, N_("日志级别：低于此级别的不写到标准错误。"), NULL},
	CONFIG_END};
/* clang-format on */

static void check(const struct settings *settings, const char *path,
                  struct yaml_problems *problems);
static void check_address(struct yaml_node *node, struct yaml_problems *problems);

int settings_read(struct settings *settings, struct arena *arena, const char *path,
                  struct yaml_problems *problems)
{
	int r = config_read_file(settings_table, settings, arena, path, problems);

	if (r < 0)
		return r;
	check(settings, path, problems);
	return problems->count > 0 ? E_SYNTAX : 0;
}

static int read_addresses(void *context, struct yaml_node *node, struct arena *arena,
                          struct yaml_problems *problems)
{
	static const char *const usual[] = {"127.0.0.1:7443", NULL};
	struct settings *settings = context;
	const char **list;
	size_t count = 0;

	settings->addresses = usual;
	if (node == NULL)
		return 0;
	if (node->kind != YAML_LIST || node->count == 0 ||
	    node->count > SETTINGS_ADDRESSES_MAX) {
		yaml_problem(problems, node->place,
		             _("centre.addresses 应为 1 至 %d 个“主机:端口”的列表"),
		             SETTINGS_ADDRESSES_MAX);
		return 0;
	}
	list = arena_new_array(arena, node->count + 1, const char *);
	if (list == NULL)
		return E_NOMEM;
	yaml_each(child, node)
	{
		check_address(child, problems);
		list[count++] = child->kind == YAML_SCALAR ? child->text : "";
	}
	settings->addresses = list;
	return 0;
}

static void check_address(struct yaml_node *node, struct yaml_problems *problems)
{
	struct address address;

	if (node->kind != YAML_SCALAR || address_parse(node->text, &address) < 0)
		yaml_problem(problems, node->place, _("地址应为“主机:端口”，不是“%s”"),
		             node->kind == YAML_SCALAR ? node->text : "");
}

static void check(const struct settings *settings, const char *path,
                  struct yaml_problems *problems)
{
	struct yaml_place whole = {.file = path};

	if (settings->unit == NULL)
		yaml_problem(problems, whole, _("缺少 agent.unit（本单位六位代码）"));
	else if (strlen(settings->unit) != 6 || strspn(settings->unit, "0123456789") != 6)
		yaml_problem(problems, whole, _("agent.unit 应为六位数字，不是“%s”"),
		             settings->unit);
	if (settings->trust_domain == NULL || settings->trust_domain[0] == '\0')
		yaml_problem(problems, whole, _("缺少 agent.trust_domain"));
	if (settings->state_dir[0] == '\0')
		yaml_problem(problems, whole, _("agent.state_dir 不能为空"));
	if (settings->server_name[0] == '\0')
		yaml_problem(problems, whole, _("centre.server_name 不能为空"));
	if (settings->retry_max < settings->retry_first)
		yaml_problem(problems, whole, _("retry.max 不能小于 retry.first"));
}
