/*
 * test_bytes.c - digests against published values, hex and base64 in their one strict form.
 */
#include "base/bytes.h"

#include <string.h>

#include "tests/unit/unit.h"

START_TEST(sha256_gives_the_published_digests)
{
	char buf[HASH_TEXT];
	struct hash32 h;

	/* FIPS 180-4 example vectors */
	h = sha256("", 0);
	ck_assert_str_eq(hash32_text(&h, buf),
		"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	h = sha256(NULL, 0);
	ck_assert_str_eq(hash32_text(&h, buf) + 7,
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	h = sha256("abc", 3);
	ck_assert_str_eq(hash32_text(&h, buf),
		"sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}
END_TEST

START_TEST(parts_cannot_run_into_one_another)
{
	struct part_bytes ab_c[] = { { "ab", 2 }, { "c", 1 } };
	struct part_bytes a_bc[] = { { "a", 1 }, { "bc", 2 } };
	struct part_bytes ab_c_nothing[] = { { "ab", 2 }, { "c", 1 }, { NULL, 0 } };
	struct hash32 x = sha256_parts(ab_c, 2), y = sha256_parts(a_bc, 2);
	struct hash32 z = sha256_parts(ab_c_nothing, 3), again = sha256_parts(ab_c, 2), spelt;

	ck_assert(hash32_equal(&x, &again));
	ck_assert(!hash32_equal(&x, &y));
	ck_assert(!hash32_equal(&x, &z));
	/* the stated form: 8 bytes of length, big endian, before each part */
	spelt = sha256("\0\0\0\0\0\0\0\2ab\0\0\0\0\0\0\0\1c", 19);
	ck_assert(hash32_equal(&x, &spelt));
}
END_TEST

START_TEST(hash_text_is_read_back_and_other_text_refused)
{
	struct hash32 h = sha256("abc", 3), back, kept;
	char buf[HASH_TEXT + 1] = { 0 };

	hash32_text(&h, buf);
	ck_assert(hash32_parse(buf, &back));
	ck_assert(hash32_equal(&h, &back));
	kept = back;
	buf[HASH_TEXT - 2] = 'g';
	ck_assert(!hash32_parse(buf, &back));
	buf[HASH_TEXT - 2] = 0;
	ck_assert(!hash32_parse(buf, &back));
	hash32_text(&h, buf);
	buf[HASH_TEXT - 1] = '0';
	ck_assert(!hash32_parse(buf, &back));
	hash32_text(&h, buf);
	buf[0] = 'S';
	ck_assert(!hash32_parse(buf, &back));
	ck_assert(!hash32_parse("", &back));
	ck_assert(hash32_equal(&kept, &back));
}
END_TEST

START_TEST(hex_is_written_small_and_read_in_either_case)
{
	const uint8_t bytes[] = { 0x00, 0x0F, 0xA5, 0xFF };
	uint8_t back[4] = { 1, 2, 3, 4 };
	char buf[9];

	hex_encode(bytes, 4, buf);
	ck_assert_str_eq(buf, "000fa5ff");
	ck_assert(hex_decode("000FA5ff", 8, back));
	ck_assert_int_eq(memcmp(back, bytes, 4), 0);
	ck_assert(!hex_decode("000", 3, back));
	ck_assert(!hex_decode("11223x", 6, back));
	ck_assert(!hex_decode("0x11", 4, back));
	ck_assert_int_eq(memcmp(back, bytes, 4), 0);
}
END_TEST

START_TEST(base64_gives_the_values_of_rfc_4648)
{
	static const struct {
		const char *plain, *coded;
	} known[] = { { "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" },
		{ "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" } };
	uint8_t back[16];
	char buf[16];
	size_t len;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		size_t n = strlen(known[i].plain);

		base64_encode(known[i].plain, n, buf);
		ck_assert_str_eq(buf, known[i].coded);
		ck_assert(base64_decode(buf, back, n, &len));
		ck_assert_uint_eq(len, n);
		ck_assert_int_eq(memcmp(back, known[i].plain, n), 0);
		/* one byte of room less is a failure, not a cut */
		ck_assert(n == 0 || !base64_decode(buf, back, n - 1, &len));
	}
}
END_TEST

START_TEST(base64_has_one_spelling)
{
	static const char *const bad[] = { "Z", "Zg", "Zg=", "Zg===", "=",
		"====", "Zh==", "Zm9=", "Z===", "Zg==Zg==", "Zm9v\n", "Zm 9v", "Zm9-", "Zm9_",
		"=m9v", "Z=9v" };
	uint8_t out[16] = { 42 };
	size_t len = 99;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!base64_decode(bad[i], out, sizeof(out), &len), "'%s'", bad[i]);
	ck_assert_uint_eq(len, 99);
	ck_assert_uint_eq(out[0], 42);
}
END_TEST

START_TEST(numbers_are_big_endian)
{
	uint8_t b[8];

	put_be32(b, 0x01020304);
	ck_assert_int_eq(memcmp(b, "\1\2\3\4", 4), 0);
	ck_assert_uint_eq(get_be32(b), 0x01020304);
	put_be64(b, 0xFF02030405060708);
	ck_assert_int_eq(memcmp(b, "\xFF\2\3\4\5\6\7\x08", 8), 0);
	ck_assert_uint_eq(get_be64(b), 0xFF02030405060708);
}
END_TEST

UNIT_MAIN("bytes", sha256_gives_the_published_digests, parts_cannot_run_into_one_another,
	hash_text_is_read_back_and_other_text_refused, hex_is_written_small_and_read_in_either_case,
	base64_gives_the_values_of_rfc_4648, base64_has_one_spelling, numbers_are_big_endian)
