/*
 * duban ca: issue, revoke and list certificates.
 *
 * These commands work on a folder and talk to no server: the CA's key should live where
 * nobody can reach it by network. After a revocation the new crl.pem is copied to the
 * centre and `duban reload` makes it effective at once.
 */
#include "client/admin/ca.h"

#include <errno.h>
#include <openssl/pem.h>
#include <string.h>
#include <sys/stat.h>

#include "base/auto.h"
#include "base/check.h"
#include "base/err.h"
#include "client/admin/admin.h"
#include "client/admin/ca_certificate.h"
#include "client/admin/ca_store.h"
#include "client/admin/table.h"

#define DAY_SECONDS   (24 * 60 * 60)
#define ROOT_DAYS     3650
#define LEAF_DAYS     365
#define CRL_DAYS      30
#define DAYS_MAX      36500
#define DNS_NAMES_MAX 8
#define CLOCK_SKEW_SECONDS \
	300 /* a certificate is good at once on a machine that is behind */

static struct {
	char *domain;
	int days;
} init = {.days = ROOT_DAYS};

static struct {
	char *out, *algorithm;
	char **dns;
	int days;
} issue = {.days = LEAF_DAYS};

static int crl_days = CRL_DAYS;

/* clang-format off */
const struct poptOption ca_init_options[] = {
	{"trust-domain", 0, POPT_ARG_STRING, &init.domain, 0, N_("信任域，如 duban.changsha.example（必填）"), N_("域名")},
	{"days", 0, POPT_ARG_INT | POPT_ARGFLAG_SHOW_DEFAULT, &init.days, 0, N_("CA 证书有效天数"), N_("天")},
	POPT_TABLEEND};
const struct poptOption ca_issue_options[] = {
	{"out", 'o', POPT_ARG_STRING, &issue.out, 0, N_("写入证书和私钥的文件夹（默认当前文件夹）"), N_("文件夹")},
	{"dns", 0, POPT_ARG_ARGV, &issue.dns, 0, N_("节点证书的 DNS 名称，可多次给出"), N_("名称")},
	{"algorithm", 0, POPT_ARG_STRING, &issue.algorithm, 0, N_("签名人密钥：ed25519、ecdsa-p256-sha256（默认）或 sm2-sm3"), N_("算法")},
	{"days", 0, POPT_ARG_INT | POPT_ARGFLAG_SHOW_DEFAULT, &issue.days, 0, N_("有效天数"), N_("天")},
	POPT_TABLEEND};
const struct poptOption ca_crl_options[] = {
	{"days", 0, POPT_ARG_INT | POPT_ARGFLAG_SHOW_DEFAULT, &crl_days, 0, N_("吊销列表有效天数"), N_("天")},
	POPT_TABLEEND};
/* clang-format on */

static int store_failed(const char *folder, int err)
{
	switch (err) {
	case E_IO:
		return admin_error(_("%s：无法读写：%s"), folder, text_errno(errno));
	case E_EXISTS:
		return admin_error(_("%s：这里已有证书颁发机构，不会覆盖"), folder);
	case E_BUSY:
		return admin_error(_("%s：另一个命令正在使用，请稍后重试"), folder);
	case E_CORRUPT:
		return admin_error(_("%s：内容不完整或已损坏，请用备份恢复"), folder);
	default:
		return admin_error(_("%s：%s"), folder, text_err(err));
	}
}

static bool days_are_sane(int days)
{
	if (days >= 1 && days <= DAYS_MAX)
		return true;
	(void)admin_error(_("--days %d：应为 1 至 %d"), days, DAYS_MAX);
	return false;
}

int ca_init(struct admin *admin, const char *const *args)
{
	struct ca_store store;
	struct identity probe;
	char *uri;
	int r;

	if (init.domain == NULL) {
		(void)admin_error(_(
			"缺少 --trust-domain，如 --trust-domain duban.changsha.example"));
		return ADMIN_USAGE;
	}
	uri = arena_printf(&admin->arena, "spiffe://%s/node/1", init.domain);
	if (uri == NULL || identity_parse(uri, &probe) < 0) {
		(void)admin_error(
			_("--trust-domain %s：只可用小写字母、数字、点和连字符"),
			init.domain);
		return ADMIN_USAGE;
	}
	if (!days_are_sane(init.days))
		return ADMIN_USAGE;
	r = ca_store_init(&admin->arena, args[0], init.domain, init.days, &store);
	if (r < 0)
		return store_failed(args[0], r);
	ca_store_close(&store);
	printf(_("已建立证书颁发机构：%s（信任域 %s）\n"
	         "请离线备份 %s/ca.key.pem；遗失后无法再签发或吊销。\n"),
	       args[0], init.domain, args[0]);
	return ADMIN_OK;
}

static int choose_algorithm(const struct identity *identity, enum algorithm *ret)
{
	*ret = ECDSA_P256_SHA256;
	if (issue.algorithm == NULL)
		return ADMIN_OK;
	for (enum algorithm a = ED25519; a <= SM2_SM3; a++)
		if (strcmp(issue.algorithm, algorithm_name(a)) == 0) {
			*ret = a;
			if (a == ECDSA_P256_SHA256 || identity->role == ROLE_SIGNER)
				return ADMIN_OK;
			(void)admin_error(_("%s 只能用于签名人证书；TLS 证书须用 "
			                    "ecdsa-p256-sha256"),
			                  issue.algorithm);
			return ADMIN_USAGE;
		}
	(void)admin_error(_("--algorithm %s：应为 ed25519、ecdsa-p256-sha256 或 sm2-sm3"),
	                  issue.algorithm);
	return ADMIN_USAGE;
}

static bool dns_name_is_sane(const char *name)
{
	size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-.");

	return len > 0 && len <= 253 && name[len] == '\0' && name[0] != '.' &&
	       name[0] != '-';
}

static int check_dns(const struct identity *identity)
{
	bool node = identity->kind == IDENTITY_NODE && identity->role == ROLE_NONE;
	size_t count = 0;

	for (char **name = issue.dns; name != NULL && *name != NULL; name++, count++)
		if (!dns_name_is_sane(*name)) {
			(void)admin_error(_("--dns %s：不是合法的 DNS 名称"), *name);
			return ADMIN_USAGE;
		}
	if (node == (count > 0) && count <= DNS_NAMES_MAX)
		return ADMIN_OK;
	(void)admin_error(node ? _("节点证书须有 1 至 %d 个 --dns 名称")
	                       : _("只有节点证书可以有 --dns 名称（至多 %d 个）"),
	                  DNS_NAMES_MAX);
	return ADMIN_USAGE;
}

/* "district/430102/agent/1" in this CA's domain. */
static int parse_path(struct admin *admin, const struct ca_store *store, const char *path,
                      struct identity *ret_identity)
{
	char *uri = arena_printf(&admin->arena, "spiffe://%s/%s", store->domain, path);

	if (uri != NULL && identity_parse(uri, ret_identity) == 0)
		return ADMIN_OK;
	(void)admin_error(
		_("%s：应为下列之一：district/代码/agent/N、district/代码/signer/N、"
	          "district/代码/person/名、department/处室/person/名、operator/名、"
	          "node/N、node/N/signer/N"),
		path);
	return ADMIN_USAGE;
}

/* district/430102/agent/1 → district-430102-agent-1 */
static char *file_stem(struct arena *arena, const char *path)
{
	char *stem = arena_strdup(arena, path);

	for (char *c = stem; c != NULL && *c != '\0'; c++)
		if (*c == '/')
			*c = '-';
	return stem;
}

static int write_pair(struct admin *admin, const char *stem, EVP_PKEY *key,
                      X509 *certificate)
{
	const char *folder = issue.out != NULL ? issue.out : ".";
	AUTO(bio_freep) BIO *key_out = BIO_new(BIO_s_secmem());
	AUTO(bio_freep) BIO *certificate_out = BIO_new(BIO_s_mem());
	char *key_name = arena_printf(&admin->arena, "%s.key.pem", stem);
	char *certificate_name = arena_printf(&admin->arena, "%s.pem", stem);
	char *key_pem, *certificate_pem;
	long key_len, certificate_len;

	if (key_name == NULL || certificate_name == NULL || key_out == NULL ||
	    certificate_out == NULL ||
	    PEM_write_bio_PrivateKey(key_out, key, NULL, NULL, 0, NULL, NULL) != 1 ||
	    PEM_write_bio_X509(certificate_out, certificate) != 1)
		return E_INTERNAL;
	(void)mkdir(folder, 0700);
	key_len = BIO_get_mem_data(key_out, &key_pem);
	certificate_len = BIO_get_mem_data(certificate_out, &certificate_pem);
	if (ca_file_write(folder, key_name, key_pem, (size_t)key_len, 0600) < 0 ||
	    ca_file_write(folder, certificate_name, certificate_pem,
	                  (size_t)certificate_len, 0644) < 0)
		return E_IO;
	printf("%s/%s\n%s/%s\n", folder, certificate_name, folder, key_name);
	return 0;
}

static int create_and_note(struct admin *admin, struct ca_store *store,
                           const struct identity *identity, enum algorithm algorithm)
{
	AUTO(pkey_freep) EVP_PKEY *key = NULL;
	AUTO(x509_freep) X509 *certificate = NULL;
	time_t now = time(NULL);
	struct ca_request request = {
		.identity = identity,
		.dns = (const char *const *)issue.dns,
		.from = now - CLOCK_SKEW_SECONDS,
		.until = now + (time_t)issue.days * DAY_SECONDS,
	};
	const char *path =
		identity->uri + strlen("spiffe://") + strlen(identity->domain) + 1;
	char *stem = file_stem(&admin->arena, path);
	char serial[CA_SERIAL_TEXT];
	int r = ca_key_create(algorithm, &key);

	request.key = key;
	if (r == 0)
		r = ca_certificate_create(store->certificate, store->key, &request,
		                          serial, &certificate);
	if (r == 0)
		r = stem == NULL ? E_NOMEM
		                 : ca_store_add(store, serial, request.until, path);
	if (r == 0)
		r = write_pair(admin, stem, key, certificate);
	return r;
}

int ca_issue(struct admin *admin, const char *const *args)
{
	struct ca_store store;
	struct identity identity;
	enum algorithm algorithm;
	int code, r = ca_store_open(&admin->arena, args[0], &store);

	if (r < 0)
		return store_failed(args[0], r);
	code = parse_path(admin, &store, args[1], &identity);
	if (code == ADMIN_OK)
		code = choose_algorithm(&identity, &algorithm);
	if (code == ADMIN_OK)
		code = check_dns(&identity);
	if (code == ADMIN_OK && !days_are_sane(issue.days))
		code = ADMIN_USAGE;
	if (code == ADMIN_OK) {
		r = create_and_note(admin, &store, &identity, algorithm);
		if (r < 0)
			code = store_failed(issue.out != NULL ? issue.out : args[0], r);
	}
	ca_store_close(&store);
	return code;
}

/* A serial number, or a certificate file to take it from. */
static int find_serial(const char *what, char *serial)
{
	AUTO(fclosep) FILE *file = NULL;
	AUTO(x509_freep) X509 *certificate = NULL;
	const ASN1_INTEGER *number;

	if (strlen(what) == CA_SERIAL_TEXT - 1 &&
	    strspn(what, "0123456789abcdef") == CA_SERIAL_TEXT - 1) {
		memcpy(serial, what, CA_SERIAL_TEXT);
		return 0;
	}
	file = fopen(what, "re");
	certificate = file == NULL ? NULL : PEM_read_X509(file, NULL, NULL, NULL);
	if (certificate == NULL)
		return E_SYNTAX;
	number = X509_get0_serialNumber(certificate);
	if (ASN1_STRING_length(number) != CA_SERIAL_BYTES)
		return E_NOT_FOUND;
	bytes_to_hex(bytes_of(ASN1_STRING_get0_data(number), CA_SERIAL_BYTES), serial);
	return 0;
}

int ca_revoke(struct admin *admin, const char *const *args)
{
	struct ca_store store;
	char serial[CA_SERIAL_TEXT];
	time_t now = time(NULL);
	int r;

	if (find_serial(args[1], serial) == E_SYNTAX) {
		(void)admin_error(
			_("%s：既不是序列号（%d 位十六进制），也不是可读的证书文件"),
			args[1], CA_SERIAL_TEXT - 1);
		return ADMIN_USAGE;
	}
	r = ca_store_open(&admin->arena, args[0], &store);
	if (r < 0)
		return store_failed(args[0], r);
	r = ca_store_revoke(&store, serial, now);
	if (r == 0 ||
	    r == E_EXISTS) /* revoked before: the list may still have to be written */
		r = ca_store_write_crl(&store, now, CRL_DAYS);
	ca_store_close(&store);
	if (r == E_NOT_FOUND)
		return admin_error(_("%s：不是这个颁发机构签发的证书"), args[1]);
	if (r < 0)
		return store_failed(args[0], r);
	printf(_("已吊销 %s；新列表在 %s/crl.pem。请复制到中心端，再执行 duban "
	         "reload。\n"),
	       serial, args[0]);
	return ADMIN_OK;
}

static const char *date_text(struct arena *arena, time_t when)
{
	struct tm parts;

	if (when == 0 || gmtime_r(&when, &parts) == NULL)
		return "";
	return arena_printf(arena, "%04d-%02d-%02d", parts.tm_year + 1900,
	                    parts.tm_mon + 1, parts.tm_mday);
}

static const char *state_text(const struct admin *admin, const struct ca_entry *entry,
                              time_t now)
{
	if (entry->revoked != 0)
		return admin->json ? "revoked" : _("已吊销");
	if (entry->expires < now)
		return admin->json ? "expired" : _("已过期");
	return admin->json ? "valid" : _("有效");
}

int ca_list(struct admin *admin, const char *const *args)
{
	static const struct table_column columns[] = {
		{"path", N_("身份"), TABLE_LEFT},
		{"serial", N_("序列号"), TABLE_LEFT},
		{"expires", N_("有效期至"), TABLE_LEFT},
		{"state", N_("状态"), TABLE_LEFT},
	};
	struct ca_store store;
	struct table *table;
	time_t now = time(NULL);
	int r = ca_store_open(&admin->arena, args[0], &store);

	if (r < 0)
		return store_failed(args[0], r);
	table = table_create(admin, columns, ARRAY_LEN(columns));
	for (struct ca_entry *entry = store.entries; entry != NULL; entry = entry->next)
		table_row(table, entry->path, entry->serial,
		          date_text(&admin->arena, entry->expires),
		          state_text(admin, entry, now));
	ca_store_close(&store);
	return table_print(table);
}

int ca_crl(struct admin *admin, const char *const *args)
{
	struct ca_store store;
	int r;

	if (!days_are_sane(crl_days))
		return ADMIN_USAGE;
	r = ca_store_open(&admin->arena, args[0], &store);
	if (r < 0)
		return store_failed(args[0], r);
	r = ca_store_write_crl(&store, time(NULL), crl_days);
	ca_store_close(&store);
	if (r < 0)
		return store_failed(args[0], r);
	printf("%s/crl.pem\n", args[0]);
	return ADMIN_OK;
}
