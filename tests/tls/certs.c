/* SPDX-License-Identifier: BSD-2-Clause */
#include "certs.h"

#include <openssl/ec.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#define HOST "mx.test.example"

enum when { NOW, PAST, FUTURE };

struct recipe {
	const char *name, *common_name;
	const char *names; /* as OpenSSL's configuration has them, or NULL */
	enum cert_id issuer;
	enum when when;
	bool ca;
};

static const struct recipe recipes[CERT_N] = {
	[CERT_CA] = {"ca", "Test CA", NULL, CERT_CA, NOW, true},
	[CERT_OTHER_CA] = {"other-ca", "Test CA", NULL, CERT_OTHER_CA, NOW, true},
	[CERT_INTERMEDIATE] = {"intermediate", "Test Intermediate", NULL, CERT_CA, NOW, true},
	[CERT_OLD] = {"old", "Test Old", NULL, CERT_CA, PAST, true},
	[CERT_GOOD] = {"good", "Mail", "DNS:" HOST, CERT_INTERMEDIATE, NOW, false},
	[CERT_OTHER_KEY] = {"other-key", "Mail", "DNS:" HOST, CERT_INTERMEDIATE, NOW, false},
	[CERT_SECOND] = {"second", "Mail", "DNS:domain.example", CERT_INTERMEDIATE, NOW, false},
	[CERT_WRONG] = {"wrong", HOST, "DNS:a.example,DNS:b.example", CERT_INTERMEDIATE, NOW,
			false},
	[CERT_CN] = {"cn", HOST, NULL, CERT_INTERMEDIATE, NOW, false},
	[CERT_CN_MAIL] = {"cn-mail", HOST, "email:a@" HOST, CERT_INTERMEDIATE, NOW, false},
	[CERT_PARTIAL] = {"partial", "Mail", "DNS:m*.test.example", CERT_INTERMEDIATE, NOW, false},
	[CERT_WHOLE] = {"whole", "Mail", "DNS:*.test.example", CERT_INTERMEDIATE, NOW, false},
	[CERT_WIDE] = {"wide", "Mail", "DNS:*.example", CERT_INTERMEDIATE, NOW, false},
	[CERT_EXPIRED] = {"expired", "Mail", "DNS:" HOST, CERT_INTERMEDIATE, PAST, false},
	[CERT_EARLY] = {"early", "Mail", "DNS:" HOST, CERT_INTERMEDIATE, FUTURE, false},
	[CERT_OLD_ISSUER] = {"old-issuer", "Mail", "DNS:" HOST, CERT_OLD, NOW, false},
	[CERT_UNKNOWN] = {"unknown", "Mail", "DNS:" HOST, CERT_OTHER_CA, NOW, false},
	[CERT_SELF] = {"self", HOST, "DNS:" HOST, CERT_SELF, NOW, false},
	[CERT_NAMELESS] = {"nameless", "Mail", NULL, CERT_INTERMEDIATE, PAST, false},
	[CERT_STRANGE] = {"strange", "M\x01\"x", "DNS:a\x1b[2J.example", CERT_OTHER_CA, NOW, false},
};

static struct cert certs[CERT_N];

static void
must(bool good)
{
	if (!good)
		abort();
}

static void
set_dates(X509 *x509, enum when when)
{
	const char *from = when == FUTURE ? "20900101000000Z" : "20200101000000Z";
	const char *to = when == PAST ? "20210304050607Z" : "20991231000000Z";

	must(ASN1_TIME_set_string_X509(X509_getm_notBefore(x509), from));
	must(ASN1_TIME_set_string_X509(X509_getm_notAfter(x509), to));
}

static void
add_extension(X509 *x509, int nid, const char *value)
{
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	must(extension && X509_add_ext(x509, extension, -1));
	X509_EXTENSION_free(extension);
}

static void
set_name(X509 *x509, const char *common_name)
{
	X509_NAME *name = X509_NAME_new();

	must(name && X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
						(const unsigned char *)common_name, -1, -1, 0));
	must(X509_set_subject_name(x509, name));
	X509_NAME_free(name);
}

static void
make(enum cert_id id)
{
	const struct recipe *recipe = &recipes[id];
	struct cert *cert = &certs[id];
	const struct cert *issuer = recipe->issuer == id ? cert : cert_get(recipe->issuer);

	cert->key = EVP_EC_gen("P-256");
	cert->x509 = X509_new();
	must(cert->key && cert->x509 && X509_set_version(cert->x509, X509_VERSION_3));
	must(ASN1_INTEGER_set(X509_get_serialNumber(cert->x509), id + 1));
	set_name(cert->x509, recipe->common_name);
	set_dates(cert->x509, recipe->when);
	must(X509_set_pubkey(cert->x509, cert->key));
	must(X509_set_issuer_name(cert->x509, X509_get_subject_name(issuer->x509)));
	if (recipe->ca)
		add_extension(cert->x509, NID_basic_constraints, "critical,CA:TRUE");
	if (recipe->names)
		add_extension(cert->x509, NID_subject_alt_name, recipe->names);
	must(X509_sign(cert->x509, issuer->key, EVP_sha256()));
}

const struct cert *
cert_get(enum cert_id id)
{
	if (!certs[id].x509)
		make(id);
	return &certs[id];
}

const char *
cert_name(enum cert_id id)
{
	return recipes[id].name;
}

enum cert_id
cert_named(const char *name, size_t n)
{
	enum cert_id id = CERT_CA;

	while (id < CERT_N &&
	       (strlen(recipes[id].name) != n || memcmp(recipes[id].name, name, n) != 0))
		id++;
	return id;
}

enum cert_id
cert_issuer(enum cert_id id)
{
	return recipes[id].issuer;
}
