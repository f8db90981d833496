/*
 * Credentials:
 *
 *   files -> own certificate: a /node/ of our trust domain?
 *         -> CA and CRL -> trust (signatures) and one rpc_tls a listener (connections)
 *         -> receipt signer
 *
 * What can go wrong, and who must act: the operator. At start duband does not come up and
 * says which file; at a reload the old files stay in force, and the log says why. A
 * revocation list that is outdated is a warning in the log every hour, whatever the
 * policy, because somebody must renew it.
 */
#include "server/credentials.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/auto.h"
#include "base/check.h"
#include "base/err.h"
#include "base/log.h"
#include "rpc/server.h"
#include "server/deliver.h"
#include "server/duband.h"
#include "server/server.h"

#define FILE_MAX   (16 * 1024 * 1024) /* bytes; a CRL grows with every revocation */
#define URIS_MAX   8
#define DAY_MS     INT64_C(86400000)
#define CRL_EARLY  DAY_MS        /* warn so long before the list is outdated */
#define NODE_EARLY (14 * DAY_MS) /* and so long before our certificate is */

struct credentials {
	const struct settings *settings;
	struct identity node;
	int64_t node_until; /* wall ms: our certificate's end */
	struct trust *trust;
	struct signer *receipts;
	struct rpc_tls *tls[SETTINGS_LISTENERS_MAX];
	bool nobody; /* is admitted any more */
	char why[CREDENTIALS_WHY_MAX];
};

/* A whole file in memory. */
struct file {
	uint8_t *data;
	size_t len;
};

static void file_finish(struct file *file);
static void x509_freep(X509 **certificate);
static int say(char *why, int err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static int read_file(const char *path, struct file *ret, char *why);
static int read_node(struct credentials *credentials, char *why);
static int node_identity(X509 *certificate, struct identity *ret);
static int64_t certificate_end(X509 *certificate);
static int read_trust(const struct settings *settings, struct trust **ret, char *why);
static int read_receipts(struct credentials *credentials, char *why);
static int read_tls(struct credentials *credentials, char *why);
static int admit(void *context, const struct rpc_peer *peer);
static void warn(const char *event, const char *file, int64_t until, int64_t early);

int credentials_create(const struct settings *settings, struct credentials **ret,
                       char *why)
{
	struct credentials *credentials = calloc(1, sizeof(*credentials));
	int r;

	if (credentials == NULL)
		return E_NOMEM;
	credentials->settings = settings;
	r = read_node(credentials, why);
	if (r == 0)
		r = read_trust(settings, &credentials->trust, why);
	if (r == 0)
		r = read_receipts(credentials, why);
	if (r == 0)
		r = read_tls(credentials, why);
	if (r < 0) {
		credentials_destroy(credentials);
		return r;
	}
	*ret = credentials;
	return 0;
}

void credentials_destroy(struct credentials *credentials)
{
	if (credentials == NULL)
		return;
	for (size_t i = 0; i < SETTINGS_LISTENERS_MAX; i++)
		rpc_tls_destroy(credentials->tls[i]);
	signer_close(credentials->receipts);
	trust_unref(credentials->trust);
	free(credentials);
}

static int say(char *why, int err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(why, CREDENTIALS_WHY_MAX, format, args);
	va_end(args);
	return err;
}

static void file_finish(struct file *file)
{
	free(file->data);
}

static void x509_freep(X509 **certificate)
{
	X509_free(*certificate);
}

static int read_file(const char *path, struct file *ret, char *why)
{
	AUTO(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	AUTO(freep) uint8_t *data = NULL;
	struct stat st;
	ssize_t len;

	if (fd < 0 || fstat(fd, &st) < 0)
		return say(why, E_IO, "%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode) || st.st_size > FILE_MAX)
		return say(why, E_IO, "%s is not a file of at most %d bytes", path,
		           FILE_MAX);
	data = malloc((size_t)st.st_size + 1);
	if (data == NULL)
		return E_NOMEM;
	len = read(fd, data, (size_t)st.st_size);
	if (len != st.st_size)
		return say(why, E_IO, "%s changed while it was read", path);
	ret->data = TAKE(data);
	ret->len = (size_t)len;
	return 0;
}

static int read_node(struct credentials *credentials, char *why)
{
	const struct settings *settings = credentials->settings;
	const char *path = settings->tls.certificate;
	AUTO(file_finish) struct file file = {0};
	AUTO(x509_freep) X509 *certificate = NULL;
	int r = read_file(path, &file, why);

	if (r < 0)
		return r;
	BIO *bio = BIO_new_mem_buf(file.data, (int)file.len);

	certificate = bio != NULL ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
	BIO_free(bio);
	if (certificate == NULL)
		return say(why, E_CERTIFICATE, "%s holds no PEM certificate", path);
	r = node_identity(certificate, &credentials->node);
	if (r < 0 || credentials->node.kind != IDENTITY_NODE ||
	    credentials->node.role != ROLE_NONE)
		return say(why, E_CERTIFICATE,
		           "%s is not a node's certificate: its one URI must be "
		           "spiffe://%s/node/NAME",
		           path, settings->trust_domain);
	if (strcmp(credentials->node.domain, settings->trust_domain) != 0)
		return say(why, E_CERTIFICATE,
		           "%s is of trust domain %.100s, server.trust_domain is %s",
		           path, credentials->node.domain, settings->trust_domain);
	credentials->node_until = certificate_end(certificate);
	return 0;
}

static int node_identity(X509 *certificate, struct identity *ret)
{
	GENERAL_NAMES *names =
		X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
	const char *uris[URIS_MAX + 1] = {NULL};
	int count = 0, r;

	for (int i = 0; i < sk_GENERAL_NAME_num(names) && count < URIS_MAX; i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

		if (name->type == GEN_URI)
			uris[count++] = (const char *)ASN1_STRING_get0_data(
				name->d.uniformResourceIdentifier);
	}
	r = identity_from_uris(uris, ret);
	GENERAL_NAMES_free(names);
	return r;
}

static int64_t certificate_end(X509 *certificate)
{
	struct tm tm;

	if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &tm) != 1)
		return 0;
	return (int64_t)timegm(&tm) * 1000;
}

static int read_trust(const struct settings *settings, struct trust **ret, char *why)
{
	AUTO(file_finish) struct file cas = {0};
	AUTO(file_finish) struct file crls = {0};
	const char *reason = "";
	int r = read_file(settings->tls.ca, &cas, why);

	if (r == 0 && settings->tls.crl[0] != '\0')
		r = read_file(settings->tls.crl, &crls, why);
	if (r < 0)
		return r;
	r = trust_create(bytes_of(cas.data, cas.len), bytes_of(crls.data, crls.len), ret,
	                 &reason);
	if (r < 0)
		return say(why, r, "%s, %s: %s", settings->tls.ca, settings->tls.crl,
		           reason);
	return 0;
}

static int read_receipts(struct credentials *credentials, char *why)
{
	const struct settings *settings = credentials->settings;
	const struct identity *who;
	const char *reason = "";
	int r = signer_open(settings->receipts.key, settings->receipts.certificate,
	                    &credentials->receipts, &reason);

	if (r < 0)
		return say(why, r, "%s, %s: %s", settings->receipts.key,
		           settings->receipts.certificate, reason);
	who = signer_identity(credentials->receipts);
	if (who->kind != IDENTITY_NODE || who->role != ROLE_SIGNER ||
	    strcmp(who->domain, settings->trust_domain) != 0)
		return say(
			why, E_CERTIFICATE,
			"%s is not a receipt signer's certificate: its one URI must be "
			"spiffe://%s/node/NAME/signer/NAME",
			settings->receipts.certificate, settings->trust_domain);
	return 0;
}

static int read_tls(struct credentials *credentials, char *why)
{
	const struct settings *settings = credentials->settings;

	for (size_t i = 0; i < settings->listener_count; i++) {
		const struct rpc_tls_options options = {
			.server = true,
			.peer_rule = settings->listeners[i].client_certificates,
			.certificate_file = settings->tls.certificate,
			.key_file = settings->tls.key,
			.ca_file = settings->tls.ca,
			.crl_file =
				settings->tls.crl[0] != '\0' ? settings->tls.crl : NULL,
			.crl_hard = settings->tls.crl_policy == 1,
			.ticket_keys_file = settings->tls.ticket_keys[0] != '\0'
		                                    ? settings->tls.ticket_keys
		                                    : NULL,
			.ticket_rotate = (unsigned)(settings->tls.ticket_rotate / 1000),
			.ticket_life = (unsigned)(settings->tls.ticket_life / 1000),
			.admit = admit,
			.context = credentials,
		};
		const char *reason = "";
		int r = rpc_tls_create(&options, &credentials->tls[i], &reason);

		if (r < 0)
			return say(why, r, "listener %s: %s",
			           settings->listeners[i].address, reason);
	}
	return 0;
}

/* Only identities of our trust domain come in; signers sign, and never connect. */
static int admit(void *context, const struct rpc_peer *peer)
{
	const struct credentials *credentials = context;
	struct identity who;

	if (credentials->nobody)
		return E_STATE;
	if (peer->certificate.len == 0)
		return 0; /* the listener's rule allowed it */
	if (identity_from_uris(peer->uris, &who) < 0 || who.role == ROLE_SIGNER ||
	    strcmp(who.domain, credentials->settings->trust_domain) != 0)
		return E_CERTIFICATE;
	return 0;
}

const struct identity *credentials_node(const struct credentials *credentials)
{
	return &credentials->node;
}

const struct signer *credentials_receipts(const struct credentials *credentials)
{
	return credentials->receipts;
}

struct trust *credentials_trust(const struct credentials *credentials)
{
	return trust_ref(credentials->trust);
}

struct rpc_tls *credentials_tls(const struct credentials *credentials, size_t listener)
{
	CHECK(listener < credentials->settings->listener_count);
	return credentials->tls[listener];
}

void credentials_admit_nobody(struct credentials *credentials)
{
	credentials->nobody = true;
}

/* What can be checked without touching anything is checked first. */
int credentials_reload(struct server *srv, unsigned *ret_closed, const char **ret_why)
{
	struct credentials *credentials = duband_of(srv)->credentials;
	const struct settings *settings = credentials->settings;
	struct trust *trust = NULL;
	int r = read_trust(settings, &trust, credentials->why);

	*ret_why = credentials->why;
	for (size_t i = 0; i < settings->listener_count && r == 0; i++) {
		const char *reason = "";

		r = rpc_tls_reload(credentials->tls[i], &reason);
		if (r < 0)
			(void)say(credentials->why, r, "%s", reason);
	}
	if (r < 0) {
		trust_unref(trust);
		return r;
	}
	trust_unref(credentials->trust);
	trust_unref(srv->trust);
	credentials->trust = trust;
	srv->trust = trust_ref(trust);
	deliver_reload(srv->deliver);
	*ret_closed = srv->rpc != NULL ? (unsigned)rpc_server_recheck(srv->rpc) : 0;
	log_event(LOG_INFO, "credentials_reloaded", log_int("closed", *ret_closed),
	          log_str("crl", trust_crl_number(trust)));
	credentials_warn(credentials);
	return 0;
}

void credentials_warn(const struct credentials *credentials)
{
	const struct settings *settings = credentials->settings;

	if (settings->tls.crl[0] != '\0')
		warn("crl_outdated_soon", settings->tls.crl,
		     trust_crl_next_update(credentials->trust) * 1000, CRL_EARLY);
	warn("certificate_expires_soon", settings->tls.certificate,
	     credentials->node_until, NODE_EARLY);
}

static void warn(const char *event, const char *file, int64_t until, int64_t early)
{
	int64_t left = until - wall_now();

	if (until == 0 || left > early)
		return;
	log_event(left < 0 ? LOG_ERROR : LOG_WARN, event, log_str("file", file),
	          log_int("hours_left", left / 3600000));
}
