/*
 * What signatures are checked against.
 *
 *	PEM of CAs  -> certificates -> X509_STORE      chain, dates: OpenSSL
 *	PEM of CRLs -> lists, each verified by its CA  revocation: here
 *	good chains -> trust_cache                     until a date on the way passes
 *
 * Revocation is judged as of the time that is asked for: an entry counts when its date is
 * not later. So a report that was received before its signer's key was revoked stays
 * good, and an auditor in ten years comes to the same result. A list that is outdated, or
 * missing for some CA, stays in force as it is (the design's `soft`): whoever holds the
 * trust watches trust_crl_next_update() and says so.
 *
 * What can go wrong: files that are not what they should be (the operator must act), and
 * certificates that are not trusted, no longer or not yet (their owner must).
 */
#include "model/trust.h"

#include <stdatomic.h>
#include <time.h>

#include <openssl/pem.h>

#include "base/auto.h"
#include "base/check.h"
#include "base/err.h"
#include "model/openssl.h"
#include "model/why.h"

#define PEM_MAX         (16 * 1024 * 1024) /* bytes of CAs or lists: a million entries */
#define CAS_MAX         64
#define AUTH_LEVEL      2  /* 112 bits of security at least: no SHA-1, no RSA-1024 */
#define CRL_NUMBER_SIZE 20 /* RFC 5280, section 5.2.3 */

/* The newest list of one CA. */
struct revocations {
	X509_CRL *list;
	X509 *issuer; /* one of trust->cas, borrowed */
};

struct trust {
	unsigned magic;
#define TRUST_MAGIC 0x7c51d06eU
	atomic_uint refs;
	STACK_OF(X509) * cas;
	X509_STORE *store;
	struct revocations revocations[CAS_MAX];
	size_t revocation_count;
	char crl_number[2 * CRL_NUMBER_SIZE + 1];
	int64_t crl_next_update;
	struct trust_cache *cache;
};

static int add_cas(struct trust *trust, struct bytes pem, const char **ret_why);
static int add_ca(struct trust *trust, X509 *ca, const char **ret_why);
static int add_crls(struct trust *trust, struct bytes pem, const char **ret_why);
static int add_crl(struct trust *trust, X509_CRL *crl, const char **ret_why);
static X509 *find_issuer(const struct trust *trust, X509_CRL *crl);
static int keep_newest(struct trust *trust, X509_CRL *crl, X509 *issuer);
static BIO *open_pem(struct bytes pem);
static bool at_end_of_pem(void);
static int summarize(struct trust *trust);
static int read_number(X509_CRL *crl, uint8_t *out, size_t *ret_len);
static int64_t unix_time(const ASN1_TIME *time);
static int check_revoked(const struct trust *trust, STACK_OF(X509) * chain,
                         int64_t wall_time, struct span *span);
static X509_REVOKED *find_entry(const struct revocations *revocations, X509 *certificate,
                                X509 *issuer);
static bool counts(const X509_REVOKED *entry, int64_t wall_time);
static void narrow_by_dates(struct span *span, X509 *certificate, int64_t wall_time);
static void narrow_by_certificates(struct span *span, STACK_OF(X509) * certificates,
                                   int64_t wall_time);
static void narrow(struct span *span, const ASN1_TIME *date, int64_t wall_time);

int trust_create(struct bytes cas, struct bytes crls, struct trust **ret_trust,
                 const char **ret_why)
{
	AUTO(openssl_errorsp) int errors = openssl_keep_errors();
	AUTO(trust_unrefp) struct trust *trust = calloc(1, sizeof(*trust));
	int r;

	(void)errors;
	if (trust == NULL)
		return why_set(ret_why, E_NOMEM, "out of memory");
	trust->magic = TRUST_MAGIC;
	atomic_init(&trust->refs, 1);
	trust->cas = sk_X509_new_null();
	trust->store = X509_STORE_new();
	if (trust->cas == NULL || trust->store == NULL ||
	    trust_cache_create(&trust->cache) != 0)
		return why_set(ret_why, E_NOMEM, "out of memory");
	r = add_cas(trust, cas, ret_why);
	if (r == 0)
		r = add_crls(trust, crls, ret_why);
	if (r == 0 && summarize(trust) != 0)
		r = why_set(ret_why, E_CERTIFICATE,
		            "a revocation list has an impossible number");
	if (r != 0)
		return r;
	*ret_trust = TAKE(trust);
	return 0;
}

static int add_cas(struct trust *trust, struct bytes pem, const char **ret_why)
{
	AUTO(bio_freep) BIO *bio = open_pem(pem);
	int r = 0;

	if (bio == NULL)
		return why_set(ret_why, E_CERTIFICATE,
		               "the CA file is empty or too large");
	while (r == 0) {
		AUTO(x509_freep)
		X509 *ca = PEM_read_bio_X509(bio, NULL, openssl_no_password, NULL);

		if (ca == NULL)
			break;
		r = add_ca(trust, ca, ret_why);
	}
	if (r == 0 && !at_end_of_pem())
		r = why_set(ret_why, E_CERTIFICATE, "a CA certificate cannot be read: %s",
		            why_openssl());
	if (r == 0 && sk_X509_num(trust->cas) == 0)
		r = why_set(ret_why, E_CERTIFICATE, "the CA file holds no certificate");
	return r;
}

static int add_ca(struct trust *trust, X509 *ca, const char **ret_why)
{
	if (sk_X509_num(trust->cas) == CAS_MAX)
		return why_set(ret_why, E_CERTIFICATE, "more than %d CA certificates",
		               CAS_MAX);
	if (X509_check_ca(ca) != 1)
		return why_set(ret_why, E_CERTIFICATE,
		               "certificate %d of the CA file is not a CA's",
		               sk_X509_num(trust->cas) + 1);
	if (X509_STORE_add_cert(trust->store, ca) != 1 ||
	    X509_add_cert(trust->cas, ca, X509_ADD_FLAG_UP_REF) != 1)
		return why_set(ret_why, E_NOMEM, "out of memory");
	return 0;
}

static int add_crls(struct trust *trust, struct bytes pem, const char **ret_why)
{
	AUTO(bio_freep) BIO *bio = NULL;
	int r = 0;

	if (pem.len == 0)
		return 0;
	bio = open_pem(pem);
	if (bio == NULL)
		return why_set(ret_why, E_CERTIFICATE,
		               "the revocation list is too large");
	while (r == 0) {
		AUTO(x509_crl_freep)
		X509_CRL *crl =
			PEM_read_bio_X509_CRL(bio, NULL, openssl_no_password, NULL);

		if (crl == NULL)
			break;
		r = add_crl(trust, crl, ret_why);
	}
	if (r == 0 && !at_end_of_pem())
		r = why_set(ret_why, E_CERTIFICATE,
		            "a revocation list cannot be read: %s", why_openssl());
	if (r == 0 && trust->revocation_count == 0)
		r = why_set(ret_why, E_CERTIFICATE,
		            "the revocation file holds no revocation list");
	return r;
}

static int add_crl(struct trust *trust, X509_CRL *crl, const char **ret_why)
{
	X509 *issuer = find_issuer(trust, crl);

	if (issuer == NULL)
		return why_set(ret_why, E_CERTIFICATE,
		               "a revocation list was issued by none of the CAs");
	/* Such as a delta, or a list for some certificates only. */
	if (X509_CRL_get_ext_by_critical(crl, 1, -1) >= 0)
		return why_set(ret_why, E_CERTIFICATE,
		               "a revocation list has a critical extension that is not "
		               "understood here");
	if (keep_newest(trust, crl, issuer) != 0)
		return why_set(ret_why, E_NOMEM, "out of memory");
	return 0;
}

static X509 *find_issuer(const struct trust *trust, X509_CRL *crl)
{
	for (int i = 0; i < sk_X509_num(trust->cas); i++) {
		X509 *ca = sk_X509_value(trust->cas, i);

		if (X509_NAME_cmp(X509_CRL_get_issuer(crl), X509_get_subject_name(ca)) ==
		            0 &&
		    X509_CRL_verify(crl, X509_get0_pubkey(ca)) == 1)
			return ca;
	}
	return NULL;
}

/* As many lists as CAs at most, so that there is always room. */
static int keep_newest(struct trust *trust, X509_CRL *crl, X509 *issuer)
{
	struct revocations *place = NULL;

	for (size_t i = 0; i < trust->revocation_count; i++)
		if (trust->revocations[i].issuer == issuer)
			place = &trust->revocations[i];
	if (place != NULL && ASN1_TIME_compare(X509_CRL_get0_lastUpdate(crl),
	                                       X509_CRL_get0_lastUpdate(place->list)) < 0)
		return 0;
	if (X509_CRL_up_ref(crl) != 1)
		return E_NOMEM;
	if (place == NULL)
		place = &trust->revocations[trust->revocation_count++];
	X509_CRL_free(place->list);
	*place = (struct revocations){.list = crl, .issuer = issuer};
	return 0;
}

static BIO *open_pem(struct bytes pem)
{
	if (pem.len == 0 || pem.len > PEM_MAX)
		return NULL;
	return BIO_new_mem_buf(pem.data, (int)pem.len);
}

/* Did reading stop because there was no more, and not because something was wrong? */
static bool at_end_of_pem(void)
{
	unsigned long error = ERR_peek_last_error();

	return ERR_GET_LIB(error) == ERR_LIB_PEM &&
	       ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}

/* The newest list's number, and the earliest time at which one becomes outdated. */
static int summarize(struct trust *trust)
{
	X509_CRL *newest = NULL;
	uint8_t number[CRL_NUMBER_SIZE];
	size_t len;

	for (size_t i = 0; i < trust->revocation_count; i++) {
		X509_CRL *list = trust->revocations[i].list;
		int64_t next = unix_time(X509_CRL_get0_nextUpdate(list));

		if (newest == NULL ||
		    ASN1_TIME_compare(X509_CRL_get0_lastUpdate(newest),
		                      X509_CRL_get0_lastUpdate(list)) < 0)
			newest = list;
		if (next != 0 &&
		    (trust->crl_next_update == 0 || next < trust->crl_next_update))
			trust->crl_next_update = next;
	}
	if (newest == NULL)
		return 0;
	if (read_number(newest, number, &len) != 0)
		return E_CERTIFICATE;
	bytes_to_hex(bytes_of(number, len), trust->crl_number);
	return 0;
}

/* Big-endian; no bytes when the list has no number. */
static int read_number(X509_CRL *crl, uint8_t *out, size_t *ret_len)
{
	ASN1_INTEGER *number = X509_CRL_get_ext_d2i(crl, NID_crl_number, NULL, NULL);
	int len = number != NULL ? ASN1_STRING_length(number) : 0;
	int r = 0;

	if (len > CRL_NUMBER_SIZE)
		r = E_CERTIFICATE;
	else if (len > 0)
		memcpy(out, ASN1_STRING_get0_data(number), (size_t)len);
	ASN1_INTEGER_free(number);
	*ret_len = (size_t)len;
	return r;
}

static int64_t unix_time(const ASN1_TIME *time)
{
	struct tm tm;

	if (time == NULL || ASN1_TIME_to_tm(time, &tm) != 1)
		return 0;
	return (int64_t)timegm(&tm);
}

struct trust *trust_ref(struct trust *trust)
{
	CHECK_MAGIC(trust, TRUST_MAGIC);
	atomic_fetch_add(&trust->refs, 1);
	return trust;
}

void trust_unref(struct trust *trust)
{
	if (trust == NULL)
		return;
	CHECK_MAGIC(trust, TRUST_MAGIC);
	if (atomic_fetch_sub(&trust->refs, 1) != 1)
		return;
	for (size_t i = 0; i < trust->revocation_count; i++)
		X509_CRL_free(trust->revocations[i].list);
	trust_cache_destroy(trust->cache);
	X509_STORE_free(trust->store);
	openssl_free_certificates(trust->cas);
	trust->magic = 0;
	free(trust);
}

const char *trust_crl_number(const struct trust *trust)
{
	return trust->crl_number;
}

int64_t trust_crl_next_update(const struct trust *trust)
{
	return trust->crl_next_update;
}

struct trust_cache *trust_cache(const struct trust *trust)
{
	return trust->cache;
}

/*
 * Time enters into the answer only by comparing it with dates: those of the certificates
 * that a chain may be built of, and those of the chain's entries in revocation lists.
 * Each date divides time into before it, and it with what follows. So between two
 * neighbouring dates nothing changes, not even which of several chains is found.
 */
int trust_check(const struct trust *trust, X509 *leaf, STACK_OF(X509) * others,
                int64_t wall_time, struct span *ret_span)
{
	AUTO(x509_store_ctx_freep) X509_STORE_CTX *context = X509_STORE_CTX_new();
	struct span span = {.from = INT64_MIN, .until = INT64_MAX};
	X509_VERIFY_PARAM *rules;
	int r;

	if (context == NULL ||
	    X509_STORE_CTX_init(context, trust->store, leaf, others) != 1)
		return E_NOMEM;
	rules = X509_STORE_CTX_get0_param(context);
	X509_VERIFY_PARAM_set_time(rules, (time_t)wall_time);
	X509_VERIFY_PARAM_set_depth(rules, SEAL_CERTIFICATES_MAX);
	X509_VERIFY_PARAM_set_auth_level(rules, AUTH_LEVEL);
	if (X509_verify_cert(context) != 1)
		return X509_STORE_CTX_get_error(context) == X509_V_ERR_OUT_OF_MEM
		               ? E_NOMEM
		               : E_CERTIFICATE;
	r = check_revoked(trust, X509_STORE_CTX_get0_chain(context), wall_time, &span);
	if (r != 0)
		return r;
	narrow_by_dates(&span, leaf, wall_time);
	narrow_by_certificates(&span, others, wall_time);
	narrow_by_certificates(&span, trust->cas, wall_time);
	*ret_span = span;
	return 0;
}

/* All but the last: a root cannot revoke itself. */
static int check_revoked(const struct trust *trust, STACK_OF(X509) * chain,
                         int64_t wall_time, struct span *span)
{
	for (int i = 0; i + 1 < sk_X509_num(chain); i++)
		for (size_t j = 0; j < trust->revocation_count; j++) {
			const X509_REVOKED *entry =
				find_entry(&trust->revocations[j],
			                   sk_X509_value(chain, i),
			                   sk_X509_value(chain, i + 1));

			if (entry == NULL)
				continue;
			if (counts(entry, wall_time))
				return E_REVOKED;
			narrow(span, X509_REVOKED_get0_revocationDate(entry), wall_time);
		}
	return 0;
}

/* The entry of @certificate in the list, or NULL. */
static X509_REVOKED *find_entry(const struct revocations *revocations, X509 *certificate,
                                X509 *issuer)
{
	X509_REVOKED *entry;

	/* By name and key, because a CA may hold several certificates for one key. */
	if (X509_NAME_cmp(X509_get_subject_name(issuer),
	                  X509_get_subject_name(revocations->issuer)) != 0 ||
	    EVP_PKEY_eq(X509_get0_pubkey(issuer),
	                X509_get0_pubkey(revocations->issuer)) != 1)
		return NULL;
	if (X509_CRL_get0_by_serial(revocations->list, &entry,
	                            X509_get_serialNumber(certificate)) != 1)
		return NULL;
	return entry;
}

/* A date that cannot be read does not save anybody. */
static bool counts(const X509_REVOKED *entry, int64_t wall_time)
{
	return ASN1_TIME_cmp_time_t(X509_REVOKED_get0_revocationDate(entry),
	                            (time_t)wall_time) <= 0;
}

static void narrow_by_certificates(struct span *span, STACK_OF(X509) * certificates,
                                   int64_t wall_time)
{
	for (int i = 0; i < sk_X509_num(certificates); i++)
		narrow_by_dates(span, sk_X509_value(certificates, i), wall_time);
}

static void narrow_by_dates(struct span *span, X509 *certificate, int64_t wall_time)
{
	narrow(span, X509_get0_notBefore(certificate), wall_time);
	narrow(span, X509_get0_notAfter(certificate), wall_time);
}

/* A date that cannot be read is never compared with a time: OpenSSL refuses the
 * certificate, at any time. */
static void narrow(struct span *span, const ASN1_TIME *date, int64_t wall_time)
{
	struct tm tm;
	int64_t at;

	if (ASN1_TIME_to_tm(date, &tm) != 1)
		return;
	at = (int64_t)timegm(&tm);
	if (at <= wall_time && at > span->from)
		span->from = at;
	if (at > wall_time && at < span->until)
		span->until = at;
}
