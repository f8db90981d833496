/* Certificates of signers: reading one, and whose it is. For model/ only. */
#ifndef DUBAN_MODEL_CERTIFICATE_H
#define DUBAN_MODEL_CERTIFICATE_H

#include <openssl/x509.h>

#include "base/bytes.h"
#include "model/identity.h"

/* One certificate, DER, nothing behind it, at most SEAL_CERTIFICATE_MAX bytes. Gives
 * @ret_certificate. E_SYNTAX. */
int certificate_parse(struct bytes der, X509 **ret_certificate);
/*
 * Is this a signer's certificate, and whose? Looks at nothing but the certificate
 * itself: who issued it is for trust_check() to say.
 *
 *   E_CERTIFICATE  no signer's, @ret_why (static) says why
 */
int certificate_signer(X509 *certificate, struct identity *ret_signer,
                       const char **ret_why);

#endif
