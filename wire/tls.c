/*
 * tls.c - TLS contexts and the identity of peers. Connections are channel.c's.
 */
#include "wire/tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "wire/revoked.h"

static const unsigned char alpn_cordon[] = "\x08" CORDON_ALPN;
static const unsigned char alpn_http[] = "\x08http/1.1";

static const struct say bad_file =
	SAY("a certificate or key file cannot be used", "证书或私钥文件不可用");
static const struct say bad_peer =
	SAY("the other side's certificate was refused", "对方的证书未被接受");

static const char *const roles[TLS_ROLES] = {
	[TLS_ROLE_SITE] = "site",
	[TLS_ROLE_GATEWAY] = "gateway",
	[TLS_ROLE_PERSON] = "person",
	[TLS_ROLE_OFFICER] = "officer",
};

const char *tls_role_name(enum tls_role role)
{
	return (unsigned)role < TLS_ROLES ? roles[role] : "unknown";
}

const char *tls_reason(char *buf, size_t size)
{
	unsigned long e = ERR_peek_last_error();
	const char *reason = e == 0 ? NULL : ERR_reason_error_string(e);

	if (e != 0 && ERR_SYSTEM_ERROR(e))
		reason = strerror((int)ERR_GET_REASON(e));
	snprintf(buf, size, "%s", reason == NULL ? "no reason given" : reason);
	ERR_clear_error();
	return buf;
}

/* ---- files ---- */

static int unusable(struct error *err, const char *what, const char *path)
{
	char reason[128];

	return error_set(err, E_INPUT, bad_file, "could not use %s \"%s\": %s", what, path,
		tls_reason(reason, sizeof(reason)));
}

/* An encrypted key must not make a server wait at a terminal. */
static int no_password(char *buf, int size, int writing, void *arg)
{
	(void)buf;
	(void)size;
	(void)writing;
	(void)arg;
	return -1;
}

/* Opens a key file and looks at the opened file itself, so that what was checked is what is read.
 */
static FILE *open_key(const char *path, struct error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	FILE *f = NULL;

	if (fd < 0 || fstat(fd, &st) != 0) {
		error_set(err, E_INPUT, bad_file, "could not use private key \"%s\": %s", path,
			strerror(errno));
	} else if ((st.st_mode & 077) != 0) {
		error_set(err, E_INPUT, bad_file,
			"private key \"%s\" is open to group or others (mode %03o): run chmod 600",
			path, (unsigned)(st.st_mode & 0777));
	} else if ((f = fdopen(fd, "r")) == NULL) {
		error_memory(err);
	}
	if (f == NULL && fd >= 0)
		close(fd);
	return f;
}

int tls_key_file(EVP_PKEY **out, const char *path, struct error *err)
{
	FILE *f = open_key(path, err);

	if (f == NULL)
		return -1;
	setvbuf(f, NULL, _IONBF, 0); /* no second copy of the key in a buffer of stdio */
	*out = PEM_read_PrivateKey(f, NULL, no_password, NULL);
	fclose(f);
	return *out != NULL ? 0 : unusable(err, "private key", path);
}

static int use_key(SSL_CTX *ctx, const char *path, struct error *err)
{
	EVP_PKEY *key;
	int ret = 0;

	if (tls_key_file(&key, path, err) != 0)
		return -1;
	if (SSL_CTX_use_PrivateKey(ctx, key) != 1 || SSL_CTX_check_private_key(ctx) != 1)
		ret = unusable(err, "private key", path);
	EVP_PKEY_free(key);
	return ret;
}

static int use_identity(SSL_CTX *ctx, const char *cert, const char *key, struct error *err)
{
	ERR_clear_error();
	if (SSL_CTX_use_certificate_chain_file(ctx, cert) != 1)
		return unusable(err, "certificate", cert);
	return use_key(ctx, key, err);
}

/* ---- contexts ---- */

static SSL_CTX *new_context(const SSL_METHOD *method, int least, struct error *err)
{
	SSL_CTX *ctx = SSL_CTX_new(method);
	char reason[128];

	if (ctx == NULL || SSL_CTX_set_min_proto_version(ctx, least) != 1) {
		SSL_CTX_free(ctx);
		error_set(err, E_SYSTEM, SAY("TLS could not be set up", "TLS 初始化失败"),
			"could not set up TLS: %s", tls_reason(reason, sizeof(reason)));
		return NULL;
	}
	/* X4. A ticket would let a peer back in without its certificate being looked at. */
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_num_tickets(ctx, 0);
	SSL_CTX_set_options(
		ctx, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
	/* Hundreds of lines at rest should not hold 34 kB of buffers each.
	 * SSL_MODE_ENABLE_PARTIAL_WRITE must stay off: libevent 2.1's bufferevent takes a short
	 * write of one piece for a whole one. */
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
	return ctx;
}

/* The list hangs on the context it was read for. */
static void free_revoked(
	void *parent, void *ptr, CRYPTO_EX_DATA *data, int index, long argl, void *argp)
{
	(void)parent;
	(void)data;
	(void)index;
	(void)argl;
	(void)argp;
	revoked_free(ptr);
}

static int revoked_index(void)
{
	static int index = -1;

	if (index < 0)
		index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, free_revoked);
	return index;
}

/* Called for every certificate of the chain after OpenSSL's own checks of it. */
static int verify_channel(int ok, X509_STORE_CTX *store)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct revoked *rv = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), revoked_index());
	struct error err;
	int has;

	if (!ok || rv == NULL)
		return ok;
	has = revoked_has(rv, X509_STORE_CTX_get_current_cert(store), &err);
	if (has == 0)
		return 1;
	X509_STORE_CTX_set_error(
		store, has > 0 ? X509_V_ERR_CERT_REVOKED : X509_V_ERR_UNABLE_TO_GET_CRL);
	return 0;
}

static int select_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len,
	const unsigned char *in, unsigned in_len, void *wanted)
{
	const unsigned char *list = wanted;
	unsigned list_len = list[0] + 1u;
	unsigned char *chosen;

	(void)ssl;
	if (SSL_select_next_proto(&chosen, out_len, list, list_len, in, in_len) !=
		OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

static void serve_alpn(SSL_CTX *ctx, const unsigned char *list)
{
	union {
		const unsigned char *list;
		void *arg;
	} any = { .list = list }; /* OpenSSL's argument is not const */

	SSL_CTX_set_alpn_select_cb(ctx, select_alpn, any.arg);
}

static int use_revoked(SSL_CTX *ctx, const char *path, struct error *err)
{
	struct revoked *rv;

	if (path == NULL)
		return 0;
	if (revoked_open(&rv, path, err) != 0)
		return -1;
	if (revoked_index() < 0 || SSL_CTX_set_ex_data(ctx, revoked_index(), rv) != 1) {
		revoked_free(rv);
		return error_memory(err);
	}
	return 0;
}

int tls_channel_context(
	SSL_CTX **out, const struct tls_files *files, bool server, struct error *err)
{
	SSL_CTX *ctx = new_context(TLS_method(), TLS1_3_VERSION, err);

	if (ctx == NULL)
		return -1;
	ERR_clear_error();
	if (SSL_CTX_load_verify_file(ctx, files->root) != 1) {
		unusable(err, "federation root", files->root);
		goto fail;
	}
	if (use_identity(ctx, files->cert, files->key, err) != 0)
		goto fail;
	if (use_revoked(ctx, files->revoked, err) != 0)
		goto fail;
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, verify_channel);
	if (server)
		serve_alpn(ctx, alpn_cordon);
	else if (SSL_CTX_set_alpn_protos(ctx, alpn_cordon, sizeof(alpn_cordon) - 1) != 0) {
		error_memory(err);
		goto fail;
	}
	*out = ctx;
	return 0;
fail:
	SSL_CTX_free(ctx);
	return -1;
}

int tls_web_context(SSL_CTX **out, const char *cert_file, const char *key_file, struct error *err)
{
	SSL_CTX *ctx = new_context(TLS_server_method(), TLS1_3_VERSION, err);

	if (ctx == NULL)
		return -1;
	if (use_identity(ctx, cert_file, key_file, err) != 0) {
		SSL_CTX_free(ctx);
		return -1;
	}
	serve_alpn(ctx, alpn_http);
	*out = ctx;
	return 0;
}

/* A client that forgot tls_want_host() would take any trusted certificate for the gateway's. */
static int verify_web(int ok, X509_STORE_CTX *store)
{
	X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(store);
	char *ip = X509_VERIFY_PARAM_get1_ip_asc(param);
	int wanted = ip != NULL || X509_VERIFY_PARAM_get0_host(param, 0) != NULL;

	OPENSSL_free(ip);
	if (ok && !wanted)
		X509_STORE_CTX_set_error(store, X509_V_ERR_HOSTNAME_MISMATCH);
	return ok && wanted;
}

int tls_web_client_context(SSL_CTX **out, const char *ca_file, struct error *err)
{
	SSL_CTX *ctx = new_context(TLS_client_method(), TLS1_3_VERSION, err);
	int trusted;

	if (ctx == NULL)
		return -1;
	ERR_clear_error();
	trusted = ca_file == NULL ? SSL_CTX_set_default_verify_paths(ctx)
				  : SSL_CTX_load_verify_file(ctx, ca_file);
	if (trusted != 1) {
		unusable(err, "certificates", ca_file == NULL ? "of the system" : ca_file);
		SSL_CTX_free(ctx);
		return -1;
	}
	/* A server's own certificate may be what is trusted. */
	if (ca_file != NULL)
		X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(ctx), X509_V_FLAG_PARTIAL_CHAIN);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, verify_web);
	*out = ctx;
	return 0;
}

int tls_want_host(SSL *ssl, const char *host, struct error *err)
{
	X509_VERIFY_PARAM *param = SSL_get0_param(ssl);
	struct in6_addr any;
	int ok;

	if (inet_pton(AF_INET, host, &any) == 1 || inet_pton(AF_INET6, host, &any) == 1) {
		ok = X509_VERIFY_PARAM_set1_ip_asc(param, host);
	} else {
		/* The subject's common name is no name of a host. */
		X509_VERIFY_PARAM_set_hostflags(
			param, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_WILDCARDS);
		ok = host[0] != '\0' && X509_VERIFY_PARAM_set1_host(param, host, 0) == 1 &&
		     SSL_set_tlsext_host_name(ssl, host) == 1;
	}
	ERR_clear_error();
	if (ok != 1)
		return error_set(err, E_INPUT, SAY("the host name is not usable", "主机名不可用"),
			"\"%.100s\" is neither a host name nor an address", host);
	return 0;
}

/* ---- peers ---- */

static int refuse(struct error *err, const char *why)
{
	return error_set(err, E_CRYPTO, bad_peer, "certificate refused: %s", why);
}

/* Names of sites and gateways are ids; a person's may be an e-mail address. Never a control
 * character. */
static bool name_fits(enum tls_role role, const char *name)
{
	if (role == TLS_ROLE_SITE || role == TLS_ROLE_GATEWAY)
		return id_valid(name);
	for (const char *p = name; *p != '\0'; p++)
		if (*p <= 0x20 || *p >= 0x7f)
			return false;
	return name[0] != '\0';
}

/* "cordon:site:renmin" of len bytes. */
static int parse_uri(const char *uri, size_t len, struct tls_peer *out, struct error *err)
{
	struct tls_peer peer = { 0 };

	for (unsigned i = 0; i < TLS_ROLES; i++) {
		size_t n = strlen(roles[i]);

		if (len <= 8 + n || memcmp(uri + 7, roles[i], n) != 0 || uri[7 + n] != ':')
			continue;
		peer.role = (enum tls_role)i;
		if (strnlen(uri, len) != len ||
			!text_copyn(peer.name, sizeof(peer.name), uri + 8 + n, len - 8 - n) ||
			!name_fits(peer.role, peer.name))
			return refuse(err, "the name in its cordon: URI is not a valid one");
		*out = peer;
		return 0;
	}
	return refuse(err, "the role in its cordon: URI is unknown");
}

int tls_peer_of(const X509 *cert, struct tls_peer *out, struct error *err)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	const ASN1_STRING *found = NULL;
	int count = 0, ret;

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
		const ASN1_STRING *uri = name->d.uniformResourceIdentifier;

		if (name->type != GEN_URI || ASN1_STRING_length(uri) < 7 ||
			memcmp(ASN1_STRING_get0_data(uri), "cordon:", 7) != 0)
			continue;
		found = uri;
		count++;
	}
	if (count != 1)
		ret = refuse(err, count == 0 ? "it has no cordon: URI" : "it has two cordon: URIs");
	else
		ret = parse_uri((const char *)ASN1_STRING_get0_data(found),
			(size_t)ASN1_STRING_length(found), out, err);
	GENERAL_NAMES_free(names);
	ERR_clear_error();
	return ret;
}

int tls_peer_check(const SSL *ssl, enum tls_role want, struct tls_peer *out, struct error *err)
{
	const X509 *cert = SSL_get0_peer_certificate(ssl);
	const unsigned char *alpn;
	unsigned alpn_len;
	struct tls_peer peer;
	struct tm until;

	if (cert == NULL || SSL_get_verify_result(ssl) != X509_V_OK)
		return refuse(err, "it was not verified");
	if (SSL_version(ssl) != TLS1_3_VERSION)
		return refuse(err, "the connection is not TLS 1.3");
	SSL_get0_alpn_selected(ssl, &alpn, &alpn_len);
	if (alpn_len != sizeof(alpn_cordon) - 2 || memcmp(alpn, CORDON_ALPN, alpn_len) != 0)
		return error_set(err, E_CRYPTO,
			SAY("the other side does not speak this protocol", "对方不支持此协议"),
			"the peer did not choose ALPN " CORDON_ALPN);
	if (tls_peer_of(cert, &peer, err) != 0)
		return -1;
	if (ASN1_TIME_to_tm(X509_get0_notAfter(cert), &until) != 1)
		return refuse(err, "its end is no time");
	peer.until_s = timegm(&until);
	if (peer.role != want)
		return error_set(err, E_CRYPTO, bad_peer,
			"certificate refused: it is for %s \"%s\", wanted is a %s",
			tls_role_name(peer.role), peer.name, tls_role_name(want));
	*out = peer;
	return 0;
}

int tls_peer_still(const SSL *ssl, int64_t now_s, struct error *err)
{
	const X509 *cert = SSL_get0_peer_certificate(ssl);
	struct revoked *rv = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), revoked_index());
	time_t now = (time_t)now_s;
	struct error unreadable;

	if (cert == NULL || X509_cmp_time(X509_get0_notAfter(cert), &now) <= 0)
		return refuse(err, "it has expired");
	if (rv != NULL && revoked_has(rv, cert, &unreadable) == 1)
		return refuse(err, "it was revoked");
	return 0;
}
