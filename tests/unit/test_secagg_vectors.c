/*
 * Wycheproof's vectors for what secure sums are built on, when $VECTORS names a folder with them (tests/scenario/vectors.sh):
 * X25519 and HKDF as this program calls them, Ed25519 and AES-GCM as the library underneath does them.
 */
#include <jansson.h>
#include <openssl/evp.h>
#include <sodium/crypto_sign_ed25519.h>

#include "secagg/keys.h"
#include "tests/unit/sums.h"
#include "tests/unit/unit.h"

struct bytes {
	uint8_t at[8192];
	size_t len;
};

static void take(const json_t *o, const char *key, struct bytes *out)
{
	const char *hex = json_string_value(json_object_get(o, key));

	ck_assert_msg(hex != NULL && strlen(hex) <= 2 * sizeof(out->at), "%s", key);
	out->len = strlen(hex) / 2;
	ck_assert(hex_decode(hex, strlen(hex), out->at));
}

static bool says(const json_t *test, const char *result)
{
	return strcmp(json_string_value(json_object_get(test, "result")), result) == 0;
}

/* Calls `try` for each test of a file; how many there were. 0: the file is not there. */
static size_t each(const char *file, void (*try)(const json_t *group, const json_t *test))
{
	const char *folder = getenv("VECTORS");
	size_t n = 0, i, k;
	char path[512];
	json_t *all, *group, *test;

	if (folder == NULL)
		return 0;
	snprintf(path, sizeof(path), "%s/%s", folder, file);
	all = json_load_file(path, 0, NULL);
	if (all == NULL)
		return 0;
	json_array_foreach(json_object_get(all, "testGroups"), i, group)
		json_array_foreach(json_object_get(group, "tests"), k, test) {
			try(group, test);
			n++;
		}
	json_decref(all);
	return n;
}

static int id_of(const json_t *test)
{
	return (int)json_integer_value(json_object_get(test, "tcId"));
}

static void try_x25519(const json_t *group, const json_t *test)
{
	static const uint8_t zero[32];
	struct bytes public, private, shared;
	struct key32 secret, agreed;
	struct x_pair p;
	struct error err;
	int ret;

	(void)group;
	take(test, "public", &public);
	take(test, "private", &private);
	take(test, "shared", &shared);
	ck_assert_uint_eq(private.len, 32);
	memcpy(secret.at, private.at, 32);
	OK(x_pair_of(&secret, &p, &err));
	ret = x_pair_agree(&p, public.at, &agreed, &err);
	x_pair_clear(&p);
	/* K3: a secret of zeros is none */
	ck_assert_msg((ret == -1) == (memcmp(shared.at, zero, 32) == 0), "test %d", id_of(test));
	if (ret == 0)
		ck_assert_msg(memcmp(agreed.at, shared.at, 32) == 0, "test %d", id_of(test));
}

static struct deriver *deriver;

static void try_hkdf(const json_t *group, const json_t *test)
{
	struct bytes ikm, salt, info, okm;
	static uint8_t out[20000];
	size_t size = (size_t)json_integer_value(json_object_get(test, "size"));
	struct error err;
	int ret;

	(void)group;
	take(test, "ikm", &ikm);
	take(test, "salt", &salt);
	take(test, "info", &info);
	take(test, "okm", &okm);
	ck_assert_uint_le(size, sizeof(out));
	ret = deriver_expand(
		deriver, ikm.at, ikm.len, salt.at, salt.len, info.at, info.len, out, size, &err);
	ck_assert_msg((ret == 0) == says(test, "valid"), "test %d", id_of(test));
	if (ret == 0)
		ck_assert_msg(memcmp(out, okm.at, size) == 0, "test %d", id_of(test));
}

static void try_ed25519(const json_t *group, const json_t *test)
{
	struct bytes pk, msg, sig;
	bool good;

	take(json_object_get(group, "publicKey"), "pk", &pk);
	take(test, "msg", &msg);
	take(test, "sig", &sig);
	good = sig.len == 64 &&
	       crypto_sign_ed25519_verify_detached(sig.at, msg.at, msg.len, pk.at) == 0;
	ck_assert_msg(good == says(test, "valid"), "test %d", id_of(test));
	if (msg.len == 32) { /* what this program signs is a hash */
		struct hash32 h;
		struct error err;

		memcpy(h.at, msg.at, 32);
		ck_assert_int_eq(identity_verify(pk.at, &h, sig.at, sig.len, &err) == 0, good);
	}
}

static void try_gcm(const json_t *group, const json_t *test)
{
	struct bytes key, iv, aad, msg, ct, tag;
	uint8_t out[8192], rest[16];
	EVP_CIPHER_CTX *ctx;
	int len;
	bool good;

	if (json_integer_value(json_object_get(group, "keySize")) != 128 ||
		json_integer_value(json_object_get(group, "ivSize")) != 96)
		return; /* not what envelopes have */
	take(test, "key", &key);
	take(test, "iv", &iv);
	take(test, "aad", &aad);
	take(test, "msg", &msg);
	take(test, "ct", &ct);
	take(test, "tag", &tag);
	ctx = EVP_CIPHER_CTX_new();
	good = EVP_DecryptInit_ex(ctx, EVP_aes_128_gcm(), NULL, key.at, iv.at) == 1 &&
	       EVP_DecryptUpdate(ctx, NULL, &len, aad.at, (int)aad.len) == 1 &&
	       EVP_DecryptUpdate(ctx, out, &len, ct.at, (int)ct.len) == 1 &&
	       EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, (int)tag.len, tag.at) == 1 &&
	       EVP_DecryptFinal_ex(ctx, rest, &len) == 1;
	EVP_CIPHER_CTX_free(ctx);
	ck_assert_msg(good == says(test, "valid"), "test %d", id_of(test));
	if (good)
		ck_assert_msg(memcmp(out, msg.at, msg.len) == 0, "test %d", id_of(test));
}

static void found(const char *what, size_t n)
{
	if (getenv("VECTORS") != NULL) {
		printf("%s: %zu vectors\n", what, n);
		ck_assert_uint_gt(n, 50);
	}
}

START_TEST(every_vector_is_as_it_should_be)
{
	struct error err;

	found("x25519", each("x25519_test.json", try_x25519));
	OK(deriver_new(&deriver, &err));
	found("hkdf", each("hkdf_sha256_test.json", try_hkdf));
	deriver_free(deriver);
	found("ed25519", each("ed25519_test.json", try_ed25519));
	found("aes-gcm", each("aes_gcm_test.json", try_gcm));
}
END_TEST

UNIT_MAIN("secagg_vectors", every_vector_is_as_it_should_be)
