/*
 * The parts of secure sums against known answers: RFC 7748, 8032, 5869, 8439, 3686, NIST's GCM; and Shamir's field against
 * sums of its own kind done the slow way.
 */
#include <endian.h>
#include <openssl/evp.h>

#include "secagg/keys.h"
#include "secagg/shamir.c"
#include "tests/unit/sums.h"
#include "tests/unit/unit.h"

static size_t unhex(const char *hex, uint8_t *out)
{
	size_t len = strlen(hex);

	ck_assert(hex_decode(hex, len, out));
	return len / 2;
}

START_TEST(x25519_is_that_of_rfc_7748)
{
	static const struct {
		const char *secret, *peer, *agreed;
	} rows[] = {
		/* 5.2 */
		{ "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
			"e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
			"c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552" },
		{ "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
			"e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
			"95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957" },
		/* 6.1, from Bob's side */
		{ "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
			"8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
			"4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742" },
	};
	struct error err;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct key32 secret, agreed;
		uint8_t peer[32], want[32];
		struct x_pair p;

		unhex(rows[i].secret, secret.at);
		unhex(rows[i].peer, peer);
		unhex(rows[i].agreed, want);
		OK(x_pair_of(&secret, &p, &err));
		OK(x_pair_agree(&p, peer, &agreed, &err));
		ck_assert_mem_eq(agreed.at, want, 32);
		x_pair_clear(&p);
	}
	/* 6.1: a secret's public key */
	struct key32 bob;
	uint8_t want[32];
	struct x_pair p;
	unhex(rows[2].secret, bob.at);
	unhex("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f", want);
	OK(x_pair_of(&bob, &p, &err));
	ck_assert_mem_eq(p.public, want, 32);
	x_pair_clear(&p);
}
END_TEST

START_TEST(ed25519_is_that_of_rfc_8032)
{
	static const struct {
		const char *secret, *public, *message, *signature;
	} rows[] = {
		{ "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
			"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
			"e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590"
			"a33bacc6"
			"1e39701cf9b46bd25bf5f0595bbe24655141438e7a100b" },
		{ "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
			"3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
			"92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e"
			"15996e45"
			"8f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00" },
		{ "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
			"fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
			"6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d"
			"16f290ae"
			"67f760984dc6594a7c15e9716ed28dc027beceea1ec40a" },
	};

	for (size_t i = 0; i < 3; i++) {
		uint8_t secret[32], public[32], message[2], signature[64], made[64];
		size_t len = sizeof(made), n = unhex(rows[i].message, message);
		EVP_MD_CTX *ctx = EVP_MD_CTX_new();

		unhex(rows[i].secret, secret);
		unhex(rows[i].public, public);
		unhex(rows[i].signature, signature);
		EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, secret, 32);
		ck_assert_int_eq(EVP_DigestSignInit(ctx, NULL, NULL, NULL, key), 1);
		ck_assert_int_eq(EVP_DigestSign(ctx, made, &len, message, n), 1);
		ck_assert_mem_eq(made, signature, 64);
		public_key(key, made);
		ck_assert_mem_eq(made, public, 32);
		EVP_PKEY_free(key);
		EVP_MD_CTX_free(ctx);
	}
}
END_TEST

START_TEST(hkdf_is_that_of_rfc_5869)
{
	static const struct {
		const char *ikm, *salt, *info, *okm;
	} rows[] = {
		{ "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "000102030405060708090a0b0c",
			"f0f1f2f3f4f5f6f7f8f9",
			"3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5"
			"b887185865" },
		{ "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f2021222324252627"
		  "28292a2b2c2d2e"
		  "2f303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f",
			"606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f8081828384"
			"85868788898a8b8c8d"
			"8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeaf",
			"b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4"
			"d5d6d7d8d9dadbdcdd"
			"dedfe0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
			"b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99ca"
			"c7827271cb41c65e59"
			"0e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d8"
			"7" },
		{ "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "", "",
			"8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395fa"
			"a4b61a96c8" },
	};
	struct deriver *d;
	struct error err;

	OK(deriver_new(&d, &err));
	for (size_t i = 0; i < 3; i++) {
		uint8_t ikm[80], salt[80], info[80], want[82], okm[82];
		size_t ikm_len = unhex(rows[i].ikm, ikm), salt_len = unhex(rows[i].salt, salt),
		       info_len = unhex(rows[i].info, info), len = unhex(rows[i].okm, want);

		OK(deriver_expand(d, ikm, ikm_len, salt, salt_len, info, info_len, okm, len, &err));
		ck_assert_mem_eq(okm, want, len);
	}
	deriver_free(d);
}
END_TEST

/* The stream's bytes at `at`: of counter 1 where the RFC begins with it. */
static void stream(enum suite suite, const char *key, const char *iv, size_t at, uint8_t out[16])
{
	struct mask_key k = { { 0 }, { 0 } };
	uint64_t words[32] = { 0 };
	struct masks *m;
	struct error err;

	unhex(key, k.key);
	unhex(iv, k.iv);
	OK(masks_new(&m, suite, 1, &err));
	OK(masks_put(m, &k, false, &err));
	OK(masks_apply(m, words, 32, &err));
	masks_free(m);
	for (int i = 0; i < 32; i++)
		words[i] = htole64(words[i]);
	memcpy(out, (uint8_t *)words + at, 16);
}

START_TEST(masks_are_the_streams_of_rfc_3686_and_8439)
{
	static const struct {
		enum suite suite;
		const char *key, *iv;
		size_t at;
		const char *want;
	} rows[] = {
		{ SUITE_AES128, "ae6852f8121067cc4bf7a5765577f39e", "000000300000000000000000", 16,
			"b7603328dbc2931b410e16c8067e62df" },
		{ SUITE_AES128, "7e24067817fae0d743d6ce1f32539163", "006cb6dbc0543b59da48d90b", 16,
			"5105a305128f74de71044be582d7dd87" },
		{ SUITE_AES256, "776beff2851db06f4c8a0542c8696f6c6a81af1eec96b4d37fc1d689e6c1c104",
			"00000060db5672c97aa8f0b2", 16, "4733be7ad3e76ea53a6700b7518e93a7" },
		/* RFC 8439, 2.3.2: the block of counter 1 */
		{ SUITE_CHACHA20,
			"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
			"000000090000004a00000000", 64, "10f1e7e4d13b5915500fdd1fa32071c4" },
		/* its A.1, 1: counter 0, zeros */
		{ SUITE_CHACHA20,
			"0000000000000000000000000000000000000000000000000000000000000000",
			"000000000000000000000000", 0, "76b8e0ada0f13d90405d6ae55386bd28" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t got[16], want[16];

		stream(rows[i].suite, rows[i].key, rows[i].iv, rows[i].at, got);
		unhex(rows[i].want, want);
		ck_assert_mem_eq(got, want, 16);
	}
}
END_TEST

START_TEST(aes_gcm_is_that_of_nist)
{
	/* McGrew and Viega, test case 4 */
	uint8_t key[16], iv[12], plain[60], aad[20], want[60], tag[16], out[60], made[16];
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int len;

	unhex("feffe9928665731c6d6a8f9467308308", key);
	unhex("cafebabefacedbaddecaf888", iv);
	unhex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf"
	      "0e2449a6b525"
	      "b16aedf5aa0de657ba637b39",
		plain);
	unhex("feedfacedeadbeeffeedfacedeadbeefabaddad2", aad);
	unhex("42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f"
	      "6a5aac84aa05"
	      "1ba30b396a0aac973d58e091",
		want);
	unhex("5bc94fbc3221a5db94fae95ae7121a47", tag);
	ck_assert_int_eq(EVP_EncryptInit_ex(ctx, EVP_aes_128_gcm(), NULL, key, iv), 1);
	ck_assert_int_eq(EVP_EncryptUpdate(ctx, NULL, &len, aad, 20), 1);
	ck_assert_int_eq(EVP_EncryptUpdate(ctx, out, &len, plain, 60), 1);
	ck_assert_mem_eq(out, want, 60);
	ck_assert_int_eq(EVP_EncryptFinal_ex(ctx, made, &len), 1);
	ck_assert_int_eq(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, 16, made), 1);
	ck_assert_mem_eq(made, tag, 16);
	EVP_CIPHER_CTX_free(ctx);
}
END_TEST

START_TEST(many_streams_over_many_blocks_are_added_and_taken_away)
{
	static const size_t lengths[] = { 1, 2047, 2048, 2049, 5000 };
	struct error err;

	for (enum suite suite = SUITE_AES128; suite < SUITE_END; suite++)
		for (size_t l = 0; l < 5; l++) {
			size_t n = lengths[l];
			uint64_t *all = calloc(n, 8), *one = calloc(n, 8);
			struct mask_key keys[5];
			struct masks *m;

			ck_assert_int_eq(RAND_bytes((uint8_t *)keys, sizeof(keys)), 1);
			OK(masks_new(&m, suite, 5, &err));
			for (int i = 0; i < 5; i++)
				OK(masks_put(m, &keys[i], i & 1, &err));
			ck_assert(masks_full(m));
			FAILS(masks_put(m, &keys[0], false, &err), E_SYSTEM);
			OK(masks_apply(m, all, n, &err));
			/* the same room again, one by one and the other way: nothing is left */
			for (int i = 0; i < 5; i++) {
				OK(masks_put(m, &keys[i], !(i & 1), &err));
				OK(masks_apply(m, all, n, &err));
			}
			ck_assert_mem_eq(all, one, n * 8);
			masks_free(m);
			free(all);
			free(one);
		}
}
END_TEST

/* a * b mod P by adding and doubling. */
static uint64_t slow_mul(uint64_t a, uint64_t b)
{
	uint64_t r = 0;

	for (; b != 0; b >>= 1, a = (a + a) % P)
		if (b & 1)
			r = (r + a) % P;
	return r;
}

START_TEST(the_field_is_the_integers_mod_2_61_minus_1)
{
	static const uint64_t edges[] = { 0, 1, 2, P - 1, P - 2, P / 2, P / 2 + 1,
		UINT64_C(1) << 60, (UINT64_C(1) << 56) - 1, 12345678901234567 };
	uint64_t wide[2];

	for (size_t i = 0; i < 10; i++)
		for (size_t j = 0; j < 10; j++) {
			ck_assert_uint_eq(mul(edges[i], edges[j]), slow_mul(edges[i], edges[j]));
			ck_assert_uint_eq(add(edges[i], edges[j]), (edges[i] + edges[j]) % P);
		}
	for (int i = 0; i < 2000; i++) {
		ck_assert_int_eq(RAND_bytes((uint8_t *)wide, sizeof(wide)), 1);
		uint64_t a = wide[0] % P, b = wide[1] % P;
		ck_assert_uint_eq(mul(a, b), slow_mul(a, b));
		ck_assert_uint_eq(reduce_wide(wide[0], wide[1]),
			(uint64_t)(((u128)wide[0] << 64 | wide[1]) % P));
		if (a != 0)
			ck_assert_uint_eq(mul(a, power(a, P - 2)), 1);
	}
	ck_assert_uint_eq(reduce_wide(UINT64_MAX, UINT64_MAX), (uint64_t)(~(u128)0 % P));
	ck_assert_uint_eq(reduce_wide(0, P), 0);
}
END_TEST

START_TEST(any_t_shares_rebuild_a_secret_and_one_fewer_does_not)
{
	static const uint64_t sizes[][2] = { { 1, 1 }, { 2, 3 }, { 3, 5 }, { 9, 16 }, { 51, 100 } };
	struct error err;

	for (size_t k = 0; k < 5; k++) {
		uint64_t t = sizes[k][0], n = sizes[k][1], weights[100];
		struct key32 secret, back;
		struct share shares[100];
		const struct share *chosen[100];
		uint16_t places[100];

		ck_assert_int_eq(RAND_bytes(secret.at, 32), 1);
		OK(shamir_deal(&secret, t, n, shares, &err));
		for (uint64_t first = 0; first + t <= n; first++) {
			for (uint64_t i = 0; i < t; i++) {
				/* some in a row, backwards, or each second one */
				uint64_t at = 2 * t <= n && first == 0 ? 2 * i : first + t - 1 - i;
				places[i] = (uint16_t)at;
				chosen[i] = &shares[at];
			}
			OK(shamir_weights(places, t, weights, &err));
			OK(shamir_rebuild(weights, chosen, t, &back, &err));
			ck_assert_mem_eq(back.at, secret.at, 32);
		}
		if (t > 1) {
			OK(shamir_weights(places, t - 1, weights, &err));
			if (shamir_rebuild(weights, chosen, t - 1, &back, &err) == 0)
				ck_assert_mem_ne(back.at, secret.at, 32);
		}
		if (t > 1) {
			places[1] = places[0];
			FAILS(shamir_weights(places, t, weights, &err), E_INPUT);
		}
	}
}
END_TEST

/* A18 */
START_TEST(limbs_that_are_none_are_refused)
{
	uint64_t weight = 1;
	struct share s = { { 0 } };
	const struct share *one = &s;
	uint8_t bytes[SHARE_BYTES];
	struct key32 secret;
	struct error err;

	for (int i = 0; i < SHARE_LIMBS; i++) {
		uint64_t most = (UINT64_C(1) << (i == 4 ? 32 : 56)) - 1;

		s = (struct share){ { 0 } };
		s.limbs[i] = most;
		OK(shamir_rebuild(&weight, &one, 1, &secret, &err));
		s.limbs[i] = most + 1;
		FAILS(shamir_rebuild(&weight, &one, 1, &secret, &err), E_CRYPTO);
		static const uint64_t bad[] = { P, P + 1, UINT64_C(1) << 63, UINT64_MAX };
		for (int k = 0; k < 4; k++) {
			s.limbs[i] = bad[k];
			share_write(&s, bytes);
			struct share back;
			ck_assert(!share_read(bytes, &back));
		}
		s.limbs[i] = P - 1;
		share_write(&s, bytes);
		ck_assert(share_read(bytes, &s));
		ck_assert_uint_eq(s.limbs[i], P - 1);
	}
}
END_TEST

START_TEST(every_use_of_a_secret_has_a_key_of_its_own)
{
	struct key_scope scope = { .words = 8, .suite = SUITE_AES128 }, other;
	struct sum_id a = sum_id_of("a"), b = sum_id_of("b");
	struct key32 secret = { { 7 } };
	struct mask_key keys[16];
	struct envelope_key e[2];
	size_t n = 0;
	struct deriver *d;
	struct error err;

	OK(deriver_new(&d, &err));
	OK(mask_key_of_pair(d, &scope, &secret, &a, &b, &keys[n++], &err));
	OK(mask_key_of_pair(d, &scope, &secret, &b, &a, &keys[n++], &err));
	OK(mask_key_of_self(d, &scope, &secret, &a, &keys[n++], &err));
	OK(mask_key_of_self(d, &scope, &secret, &b, &keys[n++], &err));
#define OTHER(change)                                                                              \
	do {                                                                                       \
		other = scope;                                                                     \
		change;                                                                            \
		OK(mask_key_of_pair(d, &other, &secret, &a, &b, &keys[n++], &err));                \
	} while (0)
	OTHER(other.ctx.at[0] = 1);
	OTHER(other.roster.at[0] = 1);
	OTHER(other.dealt.at[0] = 1);
	OTHER(other.words = 9);
	OK(envelope_key(d, &scope, &secret, &a, &b, &e[0], &err));
	OK(envelope_key(d, &scope, &secret, &b, &a, &e[1], &err));
	ck_assert_mem_ne(&e[0], &e[1], sizeof(e[0]));
	for (size_t i = 0; i < n; i++) {
		ck_assert_mem_ne(keys[i].key, e[0].key, 16);
		for (size_t j = 0; j < i; j++) {
			ck_assert_mem_ne(keys[i].key, keys[j].key, 16);
			ck_assert_mem_ne(keys[i].iv, keys[j].iv, 12);
		}
	}
	deriver_free(d);
}
END_TEST

UNIT_MAIN("secagg_crypto", x25519_is_that_of_rfc_7748, ed25519_is_that_of_rfc_8032,
	hkdf_is_that_of_rfc_5869, masks_are_the_streams_of_rfc_3686_and_8439,
	aes_gcm_is_that_of_nist, many_streams_over_many_blocks_are_added_and_taken_away,
	the_field_is_the_integers_mod_2_61_minus_1,
	any_t_shares_rebuild_a_secret_and_one_fewer_does_not, limbs_that_are_none_are_refused,
	every_use_of_a_secret_has_a_key_of_its_own)
