#include "crypto/identity.h"

#include <openssl/pem.h>
#include <stdbool.h>
#include <string.h>

#include "base/limits.h"
#include "tests/unit/unit.h"

/* Keys in and out of PEM, and signatures against RFC 8032 and Wycheproof. */

#define NOW INT64_C(1772000000) /* 2026-02-25 06:13:20 UTC */

static struct error err;

struct federation {
	EVP_PKEY *root_key, *key;
	X509 *root;
};

static struct federation federation(void)
{
	struct federation f;

	OK(identity_new_key(&f.root_key, &err));
	OK(identity_new_key(&f.key, &err));
	OK(identity_new_root(&f.root, f.root_key, "f", NOW, 3650, &err));
	return f;
}

static void federation_end(struct federation *f)
{
	EVP_PKEY_free(f->root_key);
	EVP_PKEY_free(f->key);
	X509_free(f->root);
}

START_TEST(keys_and_certificates_survive_pem)
{
	struct federation f = federation();
	EVP_PKEY *web, *again;
	X509 *root;
	char *pem;

	OK(identity_new_web_key(&web, &err));
	EVP_PKEY *keys[] = { f.key, web };
	for (size_t i = 0; i < 2; i++) {
		OK(identity_key_pem(keys[i], &pem, &err));
		ck_assert_ptr_eq(strstr(pem, "-----BEGIN PRIVATE KEY-----"), pem);
		OK(identity_key_read(&again, pem, strlen(pem), &err));
		ck_assert_int_eq(EVP_PKEY_eq(keys[i], again), 1);
		EVP_PKEY_free(again);
		free(pem);
	}
	OK(identity_cert_pem(f.root, &pem, &err));
	OK(identity_cert_read_pem(&root, pem, strlen(pem), &err));
	ck_assert_int_eq(X509_cmp(root, f.root), 0);
	X509_free(root);
	free(pem);
	EVP_PKEY_free(web);
	federation_end(&f);
}
END_TEST

START_TEST(what_is_no_key_or_certificate_is_refused_without_a_prompt)
{
	struct federation f = federation();
	EVP_PKEY *key = NULL,
		 *wrong[2] = { EVP_EC_gen("P-384"), EVP_PKEY_Q_keygen(NULL, NULL, "X25519") };
	X509 *cert = NULL;
	char *pem, *at;

	for (size_t i = 0; i < 2; i++) {
		OK(identity_key_pem(wrong[i], &pem, &err));
		FAILS(identity_key_read(&key, pem, strlen(pem), &err), E_INPUT);
		free(pem);
		EVP_PKEY_free(wrong[i]);
	}
	BIO *bio = BIO_new(BIO_s_mem());
	ck_assert_int_eq(PEM_write_bio_PKCS8PrivateKey(
				 bio, f.key, EVP_aes_256_cbc(), "secret", 6, NULL, NULL),
		1);
	long len = BIO_get_mem_data(bio, &at);
	FAILS(identity_key_read(&key, at, (size_t)len, &err), E_INPUT);
	BIO_free(bio);
	FAILS(identity_key_read(&key, "", 0, &err), E_INPUT);
	FAILS(identity_key_read(&key, "no key", 6, &err), E_INPUT);
	FAILS(identity_key_read(&key, "", (size_t)MAX_FILE_BYTES + 1, &err), E_INPUT);
	FAILS(identity_cert_read_pem(&cert, "", 0, &err), E_INPUT);
	FAILS(identity_cert_read_pem(&cert, "", (size_t)MAX_FILE_BYTES + 1, &err), E_INPUT);
	OK(identity_key_pem(f.key, &pem, &err));
	FAILS(identity_cert_read_pem(&cert, pem, strlen(pem), &err), E_INPUT);
	/* nothing of the key in the reason */
	ck_assert_ptr_null(strstr(err.log, "MC4"));
	for (size_t cut = 0; cut + 2 < strlen(pem); cut++)
		FAILS(identity_key_read(&key, pem, cut, &err), E_INPUT);
	free(pem);
	ck_assert_ptr_null(key);
	ck_assert_ptr_null(cert);
	federation_end(&f);
}
END_TEST

/* --- signatures ------------------------------------------------------------------------------ */

static void unhex(const char *hex, uint8_t *out, size_t len)
{
	ck_assert_uint_eq(strlen(hex), 2 * len);
	ck_assert(hex_decode(hex, 2 * len, out));
}

/* RFC 8032, 7.1, test 1: its key; the message is SHA-256("abc") (FIPS 180-4), signed by a program
 * that follows RFC 8032, 5.1.6 in plain arithmetic and gives the RFC's own signatures too. */
START_TEST(a_signature_is_the_one_of_rfc_8032)
{
	static const char seed[] =
		"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
	static const char want[] =
		"096f5569d807ee8ac7b1913da70cf0aab335c258f4b94c8f210dd141e9743927"
		"c8d1a6b378872a72c9446c1f75e6dc7b2def98bd0c214be6706d48791f57680a";
	static const char public_hex[] =
		"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
	uint8_t raw[32], public[32], good[64], made[64];
	struct hash32 h = sha256("abc", 3);

	unhex(seed, raw, 32);
	unhex(public_hex, public, 32);
	unhex(want, good, 64);
	EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, raw, 32);
	OK(identity_sign(key, &h, made, &err));
	ck_assert_mem_eq(made, good, 64);
	OK(identity_verify(public, &h, made, 64, &err));
	EVP_PKEY_free(key);
}
END_TEST

/* C2SP/wycheproof, testvectors_v1/ed25519_test.json (Apache-2.0), the cases whose message has 32
 * bytes: tcId 84, 85 and 99; and 85's kind for our own key, S + L. */
START_TEST(verification_agrees_with_wycheproof)
{
	static const struct {
		const char *key, *message, *signature;
		bool valid;
	} cases[] = {
		{ "100fdf47fb94f1536a4f7c3fda27383fa03375a8f527c537e6f1703c47f94f86",
			"124e583f8b8eca58bb29c271b41d36986bbc45541f8e51f9cb0133eca447601e",
			"dac119d6ca87fc59ae611c157048f4d4fc932a149dbe20ec6effd1436abf83ea"
			"05c7df0fef06147241259113909bc71bd3c53ba4464ffcad3c0968f2ffffff0f",
			true },
		{ "100fdf47fb94f1536a4f7c3fda27383fa03375a8f527c537e6f1703c47f94f86",
			"6a0bc2b0057cedfc0fa2e3f7f7d39279b30f454a69dfd1117c758d86b19d85e0",
			"0971f86d2c9c78582524a103cb9cf949522ae528f8054dc20107d999be673ff4"
			"e25ebf2f2928766b1248bec6e91697775f8446639ede46ad4df4053000000010",
			false },
		{ "cfda5b899e35764c5229e59295fe1222b7ddce176643697c29e46ecbba10cf10",
			"a25176b3afea318b2ec11ddacb10caf7179c0b3f8eabbfa2895581138d3c1e0e",
			"2a833aadecd9f28235cb5896bf3781521dc71f28af2e91dbe1735a61dce3e31a"
			"c15ca24b3fc47817a59d386bbbb2ce60a6adc0a2703bb2bdea8f70f91051f706",
			true },
		{ "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
			"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
			"096f5569d807ee8ac7b1913da70cf0aab335c258f4b94c8f210dd141e9743927"
			"b5a59c1093ea3cca9fe163c253e0bb902def98bd0c214be6706d48791f57681a",
			false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t key[32], signature[64];
		struct hash32 h;
		unhex(cases[i].key, key, 32);
		unhex(cases[i].message, h.at, 32);
		unhex(cases[i].signature, signature, 64);
		if (cases[i].valid)
			OK(identity_verify(key, &h, signature, 64, &err));
		else
			FAILS(identity_verify(key, &h, signature, 64, &err), E_CRYPTO);
	}
}
END_TEST

START_TEST(a_changed_bit_another_hash_key_or_length_does_not_verify)
{
	struct federation f = federation();
	struct hash32 h = sha256("question", 8), other = sha256("questioN", 8);
	uint8_t signature[65] = { 0 }, key[32], wrong_key[32];
	size_t len = 32;

	EVP_PKEY_get_raw_public_key(f.key, key, &len);
	EVP_PKEY_get_raw_public_key(f.root_key, wrong_key, &len);
	OK(identity_sign(f.key, &h, signature, &err));
	OK(identity_verify(key, &h, signature, 64, &err));
	FAILS(identity_verify(key, &other, signature, 64, &err), E_CRYPTO);
	FAILS(identity_verify(wrong_key, &h, signature, 64, &err), E_CRYPTO);
	for (size_t n = 0; n < 64; n++)
		FAILS(identity_verify(key, &h, signature, n, &err), E_CRYPTO);
	FAILS(identity_verify(key, &h, signature, 65, &err), E_CRYPTO);
	for (size_t bit = 0; bit < 512; bit++) {
		signature[bit / 8] ^= (uint8_t)(1 << bit % 8);
		FAILS(identity_verify(key, &h, signature, 64, &err), E_CRYPTO);
		signature[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	OK(identity_verify(key, &h, signature, 64, &err));
	federation_end(&f);
}
END_TEST

/* The neutral point as key and as R with S = 0 fulfils RFC 8032's equation for every message. */
START_TEST(a_key_that_anybody_can_sign_for_signs_nothing)
{
	const uint8_t key[32] = { 1 }, signature[64] = { 1 };
	struct hash32 h = sha256("question", 8);

	FAILS(identity_verify(key, &h, signature, 64, &err), E_CRYPTO);
}
END_TEST

START_TEST(signing_with_another_kind_of_key_fails_and_writes_nothing)
{
	EVP_PKEY *web;
	struct hash32 h = sha256("", 0);
	uint8_t signature[64], before[64];

	memset(signature, 7, sizeof(signature));
	memcpy(before, signature, sizeof(before));
	OK(identity_new_web_key(&web, &err));
	FAILS(identity_sign(web, &h, signature, &err), E_INPUT);
	ck_assert_mem_eq(signature, before, 64);
	EVP_PKEY_free(web);
}
END_TEST

START_TEST(a_key_is_known_by_all_of_its_public_half_and_its_kind)
{
	uint8_t public[32];
	size_t len = 32;
	EVP_PKEY *key, *web;

	OK(identity_new_key(&key, &err));
	OK(identity_new_web_key(&web, &err));
	ck_assert_int_eq(EVP_PKEY_get_raw_public_key(key, public, &len), 1);
	ck_assert(identity_key_is(key, public));
	ck_assert(!identity_key_is(web, public));
	public[31] ^= 1;
	ck_assert(!identity_key_is(key, public));
	EVP_PKEY_free(key);
	EVP_PKEY_free(web);
}
END_TEST

UNIT_MAIN("identity_keys", a_key_is_known_by_all_of_its_public_half_and_its_kind,
	keys_and_certificates_survive_pem,
	what_is_no_key_or_certificate_is_refused_without_a_prompt,
	a_signature_is_the_one_of_rfc_8032, verification_agrees_with_wycheproof,
	a_changed_bit_another_hash_key_or_length_does_not_verify,
	a_key_that_anybody_can_sign_for_signs_nothing,
	signing_with_another_kind_of_key_fails_and_writes_nothing)
