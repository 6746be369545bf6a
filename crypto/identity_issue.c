#include "crypto/identity_in.h"

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"

/*
 * Making certificates: the root, its members, the web certificate. What they must look like to be
 * believed is told once more, and checked, in identity.c.
 */

enum {
	DAY_S = 86400,
	MAX_DAYS = 36500,
	MAX_HOSTS = 32,
	MAX_HOST_BYTES = 253, /* RFC 1035 */
	MAX_CN = 64,          /* RFC 5280, ub-common-name, in characters */
	SERIAL_BITS = 128,
};

/* --- names ----------------------------------------------------------------------------------- */

static const char *const roles[] = { "site", "gateway", "person", "officer" };

static bool role_known(const char *role)
{
	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		if (strcmp(role, roles[i]) == 0)
			return true;
	return false;
}

static bool label_valid(const char *at, size_t len)
{
	if (len < 1 || len > 63 || at[0] == '-' || at[len - 1] == '-')
		return false;
	for (size_t i = 0; i < len; i++) {
		char c = at[i];
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
			    c == '-'))
			return false;
	}
	return true;
}

/* A DNS name of letter-digit-hyphen labels; a last label of digits alone would be a broken address.
 */
static bool host_valid(const char *host)
{
	const char *label = host;

	for (;;) {
		size_t len = strcspn(label, ".");
		if (!label_valid(label, len))
			return false;
		if (label[len] == '\0')
			return strspn(label, "0123456789") != len;
		label += len + 1;
	}
}

/* Takes value. */
static int names_push(GENERAL_NAMES *names, int type, ASN1_STRING *value)
{
	GENERAL_NAME *gn = value == NULL ? NULL : GENERAL_NAME_new();

	if (gn == NULL) {
		ASN1_STRING_free(value);
		return -1;
	}
	GENERAL_NAME_set0_value(gn, type, value);
	if (sk_GENERAL_NAME_push(names, gn) > 0)
		return 0;
	GENERAL_NAME_free(gn);
	return -1;
}

static int names_push_text(GENERAL_NAMES *names, int type, const char *text)
{
	ASN1_IA5STRING *value = ASN1_IA5STRING_new();

	if (value != NULL && ASN1_STRING_set(value, text, -1) != 1) {
		ASN1_STRING_free(value);
		value = NULL;
	}
	return names_push(names, type, value);
}

static int names_push_uri(
	GENERAL_NAMES *names, const char *role, const char *name, struct error *err)
{
	struct text uri;
	int ret = -1;

	text_init(&uri, MAX_NAME + MAX_ID);
	text_addf(&uri, IDENTITY_URI "%s:%s", role, name);
	if (text_failed(&uri) || names_push_text(names, GEN_URI, text_str(&uri)) != 0)
		(void)identity_failed(err, "write a certificate's name");
	else
		ret = 0;
	text_clear(&uri);
	return ret;
}

static int names_push_host(GENERAL_NAMES *names, const char *host, struct error *err)
{
	ASN1_OCTET_STRING *address = a2i_IPADDRESS(host);
	int pushed;

	ERR_clear_error(); /* not an address is no failure */
	if (address != NULL)
		pushed = names_push(names, GEN_IPADD, address);
	else if (host_valid(host))
		pushed = names_push_text(names, GEN_DNS, host);
	else
		return error_set(err, E_INPUT,
			SAY("A host must be a DNS name or an IP address.",
				"主机须为域名或 IP 地址。"),
			"host \"%s\" is neither a DNS name nor an address", host);
	return pushed == 0 ? 0 : identity_failed(err, "write a certificate's host");
}

/* hosts: "name,name,ip", without spaces. */
static int names_push_hosts(GENERAL_NAMES *names, const char *hosts, struct error *err)
{
	const char *at = hosts;

	for (int n = 0; n < MAX_HOSTS; n++) {
		char host[MAX_HOST_BYTES + 1];
		size_t len = strcspn(at, ",");
		if (!text_copyn(host, sizeof(host), at, len))
			return identity_input(err, SAY("A host name is too long.", "主机名过长。"),
				"host name longer than 253 bytes");
		if (names_push_host(names, host, err) != 0)
			return -1;
		if (at[len] == '\0')
			return 0;
		at += len + 1;
	}
	return error_set(err, E_LIMIT, SAY("Too many hosts.", "主机过多。"),
		"more than %d hosts in a certificate", MAX_HOSTS);
}

/* --- drafts ---------------------------------------------------------------------------------- */

static int set_serial(X509 *cert)
{
	BIGNUM *n = BN_new();
	int ok = n != NULL;

	do /* zero is no serial */
		ok = ok && BN_rand(n, SERIAL_BITS, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1;
	while (ok && BN_is_zero(n));
	ok = ok && BN_to_ASN1_INTEGER(n, X509_get_serialNumber(cert)) != NULL;
	BN_free(n);
	return ok ? 0 : -1;
}

/* Whole days, UTC: from the beginning of today, so that a clock a little slow agrees, to the end of
 * the day `days` later; never past `latest` when that is not NULL. */
static int set_validity(X509 *cert, int64_t now_s, unsigned days, const ASN1_TIME *latest)
{
	int64_t from = now_s - now_s % DAY_S;
	int64_t to = from + ((int64_t)days + 1) * DAY_S - 1;

	if (ASN1_TIME_set(X509_getm_notBefore(cert), (time_t)from) == NULL ||
		ASN1_TIME_set(X509_getm_notAfter(cert), (time_t)to) == NULL)
		return -1;
	if (latest != NULL && ASN1_TIME_compare(latest, X509_get0_notAfter(cert)) < 0)
		return X509_set1_notAfter(cert, latest) == 1 ? 0 : -1;
	return 0;
}

static int add_extension(X509 *cert, X509V3_CTX *ctx, int nid, const char *value)
{
	X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, ctx, nid, value);
	int ok = ext != NULL && X509_add_ext(cert, ext, -1) == 1;

	X509_EXTENSION_free(ext);
	return ok ? 0 : -1;
}

struct extension {
	int nid;
	const char *value;
};
static const struct extension of_root[] = {
	{ NID_basic_constraints, "critical,CA:TRUE,pathlen:0" },
	{ NID_key_usage, "critical,keyCertSign" },
	{ NID_subject_key_identifier, "hash" },
	{ NID_undef, NULL },
};
static const struct extension of_member[] = {
	{ NID_basic_constraints, "critical,CA:FALSE" },
	{ NID_key_usage, "critical,digitalSignature" },
	{ NID_subject_key_identifier, "hash" },
	{ NID_authority_key_identifier, "keyid:always" },
	{ NID_undef, NULL },
};
static const struct extension of_web[] = {
	{ NID_basic_constraints, "critical,CA:FALSE" },
	{ NID_key_usage, "critical,digitalSignature" },
	{ NID_ext_key_usage, "serverAuth" },
	{ NID_subject_key_identifier, "hash" },
	{ NID_undef, NULL },
};

/* A certificate before its names and signature. */
struct draft {
	const char *cn;
	EVP_PKEY *key;
	X509 *issuer; /* NULL: itself */
	const struct extension *extensions;
	int64_t now_s;
	unsigned days;
};

static int draft_check(const struct draft *d, struct error *err)
{
	if (d->days < 1 || d->days > MAX_DAYS)
		return identity_input(err,
			SAY("A certificate is valid for 1 to 36500 days.",
				"证书有效期须为 1 至 36500 天。"),
			"certificate: days out of range");
	/* X.509 counts years up to 9999 */
	if (d->now_s < 0 || d->now_s > INT64_C(200000000000))
		return identity_input(err, SAY("The clock is wrong.", "系统时间不正确。"),
			"certificate: time out of range");
	return 0;
}

static int draft_write(const struct draft *d, X509 *cert)
{
	X509_NAME *subject = X509_get_subject_name(cert);
	X509V3_CTX ctx;

	if (X509_set_version(cert, X509_VERSION_3) != 1 || set_serial(cert) != 0 ||
		X509_set_pubkey(cert, d->key) != 1 ||
		X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_UTF8,
			(const unsigned char *)d->cn, -1, -1, 0) != 1)
		return -1;
	if (X509_set_issuer_name(
		    cert, d->issuer == NULL ? subject : X509_get_subject_name(d->issuer)) != 1 ||
		set_validity(cert, d->now_s, d->days,
			d->issuer == NULL ? NULL : X509_get0_notAfter(d->issuer)) != 0)
		return -1;
	X509V3_set_ctx(&ctx, d->issuer == NULL ? cert : d->issuer, cert, NULL, NULL, 0);
	for (const struct extension *e = d->extensions; e->nid != NID_undef; e++)
		if (add_extension(cert, &ctx, e->nid, e->value) != 0)
			return -1;
	return 0;
}

/* names may be NULL; signs with `signer`. */
static int draft_sign(const struct draft *d, GENERAL_NAMES *names, EVP_PKEY *signer, X509 **out,
	struct error *err)
{
	const EVP_MD *md = EVP_PKEY_is_a(signer, "ED25519") ? NULL : EVP_sha256();
	X509 *cert = X509_new();

	if (cert == NULL || draft_write(d, cert) != 0 ||
		(names != NULL && X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 0,
					  X509V3_ADD_DEFAULT) != 1) ||
		X509_sign(cert, signer, md) <= 0) {
		X509_free(cert);
		return identity_failed(err, "make a certificate");
	}
	*out = cert;
	return 0;
}

static bool federation_valid(const char *name)
{
	size_t len = strlen(name);

	if (len < 1 || !utf8_valid(name, len) || utf8_chars(name, len) > MAX_CN)
		return false;
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)name[i] < ' ' || name[i] == 0x7f)
			return false;
	return true;
}

int identity_new_root(X509 **out, EVP_PKEY *key, const char *federation, int64_t now_s,
	unsigned days, struct error *err)
{
	const struct draft d = { federation, key, NULL, of_root, now_s, days };

	if (draft_check(&d, err) != 0)
		return -1;
	if (!federation_valid(federation))
		return identity_input(err,
			SAY("A federation's name has 1 to 64 characters.",
				"联邦名称须为 1 至 64 个字符。"),
			"federation name: empty, too long or not plain text");
	if (!EVP_PKEY_is_a(key, "ED25519"))
		return identity_input(err,
			SAY("The root needs an Ed25519 key.", "根证书须使用 Ed25519 密钥。"),
			"root: key is not Ed25519");
	return draft_sign(&d, NULL, key, out, err);
}

static int issue_check(const X509 *root, EVP_PKEY *root_key, EVP_PKEY *subject_key,
	const char *role, const char *name, const char *hosts, struct error *err)
{
	if (!role_known(role))
		return identity_input(err,
			SAY("A certificate's role is site, gateway, person or officer.",
				"证书角色须为 site、gateway、person 或 officer。"),
			"certificate: unknown role");
	if (!identity_name_valid(name, strlen(name)))
		return identity_input(err,
			SAY("A certificate's name has 1 to 255 of the characters A-Z a-z 0-9 . _ @ "
			    "-",
				"证书名称须为 1 至 255 个字符，可用 A-Z a-z 0-9 . _ @ -"),
			"certificate: name malformed");
	if (hosts != NULL && strcmp(role, "gateway") != 0)
		return identity_input(err,
			SAY("Only a gateway's certificate names hosts.",
				"只有网关证书可以包含主机名。"),
			"certificate: hosts for a role that does not listen");
	if (!EVP_PKEY_is_a(subject_key, "ED25519"))
		return identity_input(err,
			SAY("Members of the federation have Ed25519 keys.",
				"联邦成员须使用 Ed25519 密钥。"),
			"certificate: subject key is not Ed25519");
	if (X509_check_private_key(root, root_key) != 1)
		return identity_input(err,
			SAY("The root's key does not belong to the root certificate.",
				"根私钥与根证书不匹配。"),
			"certificate: root key and root certificate differ");
	return 0;
}

int identity_issue(X509 **out, const X509 *root, EVP_PKEY *root_key, EVP_PKEY *subject_key,
	const char *role, const char *name, const char *hosts, int64_t now_s, unsigned days,
	struct error *err)
{
	/* the URI is what counts; the common name is for people who list certificates */
	struct draft d = { strlen(name) <= MAX_CN ? name : role, subject_key, NULL, of_member,
		now_s, days };
	GENERAL_NAMES *names = NULL;
	time_t now = (time_t)now_s;
	int ret = -1;

	if (draft_check(&d, err) != 0 ||
		issue_check(root, root_key, subject_key, role, name, hosts, err) != 0)
		return -1;
	if (X509_cmp_time(X509_get0_notAfter(root), &now) < 0)
		return identity_input(err,
			SAY("The root certificate has expired.", "根证书已过期。"),
			"certificate: root has expired");
	d.issuer = X509_dup(root); /* OpenSSL's extension context wants it mutable */
	names = GENERAL_NAMES_new();
	if (d.issuer == NULL || names == NULL) {
		(void)error_memory(err);
		goto out;
	}
	if (names_push_uri(names, role, name, err) != 0 ||
		(hosts != NULL && names_push_hosts(names, hosts, err) != 0))
		goto out;
	ret = draft_sign(&d, names, root_key, out, err);
out:
	GENERAL_NAMES_free(names);
	X509_free(d.issuer);
	return ret;
}

int identity_new_web(X509 **out, EVP_PKEY *key, const char *hosts, int64_t now_s, unsigned days,
	struct error *err)
{
	const struct draft d = { "Cordon gateway", key, NULL, of_web, now_s, days };
	GENERAL_NAMES *names;
	int ret;

	if (draft_check(&d, err) != 0)
		return -1;
	names = GENERAL_NAMES_new();
	if (names == NULL)
		return error_memory(err);
	ret = names_push_hosts(names, hosts, err);
	if (ret == 0)
		ret = draft_sign(&d, names, key, out, err);
	GENERAL_NAMES_free(names);
	return ret;
}
