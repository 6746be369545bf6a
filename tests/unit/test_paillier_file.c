/*
 * test_paillier_file.c - the key and the shares of threshold Paillier as texts.
 */
#include "tests/unit/paillier.h"

#include "base/clock.h"
#include "crypto/identity.h"
#include "crypto/signing.h"
#include "paillier/tp_file.h"
#include "secagg/keys.h"

static struct error err;
static struct arena arena;
static struct diags ds;
static struct tp_key_file f;
static struct tp_share shares[TP_HOLDERS];

static void begin(void)
{
	arena_init(&arena, MAX_QUERY_ARENA);
	diags_init(&ds, &arena);
	deal_small(&f.k, shares, 5, 1);
	/* whole days, as a text has them */
	f.k.from_s = INT64_C(20700) * 86400;
	f.k.until_s = INT64_C(21000) * 86400;
	OK(tp_key_complete(&f.k, KAT_BITS, &err));
	for (unsigned j = 0; j < 5; j++)
		shares[j].key = f.k.hash;
}

static void end(void)
{
	shares_clear(shares, 5);
	tp_key_clear(&f.k);
	arena_clear(&arena);
}

static int read_key(const struct text *t, struct tp_key_file *out)
{
	diags_init(&ds, &arena);
	return tp_key_read("paillier.yaml", text_str(t), t->len, KAT_BITS, &arena, &ds, out);
}

START_TEST(a_key_that_is_written_and_read_again_is_the_same_key)
{
	struct tp_key_file again;
	struct text t, u;

	begin();
	text_init(&t, MAX_FILE_BYTES);
	text_init(&u, MAX_FILE_BYTES);
	tp_key_write(&f, &t);
	ck_assert(!text_failed(&t));
	ck_assert_int_eq(read_key(&t, &again), 0);
	ck_assert(hash32_equal(&again.k.hash, &f.k.hash));
	tp_key_write(&again, &u);
	ck_assert_str_eq(text_str(&t), text_str(&u));
	tp_key_clear(&again.k);
	/* a key of another size than is asked for: the small ones of tests are no keys */
	ck_assert_int_eq(tp_key_read("k", text_str(&t), t.len, TP_BITS, &arena, &ds, &again), -1);
	ck_assert_ptr_null(again.k.n);
	text_clear(&t);
	text_clear(&u);
	end();
}
END_TEST

START_TEST(mistakes_in_a_key_are_told_with_their_place)
{
	static const struct {
		const char *from, *to, *code;
	} wrong[] = { { "epoch: ", "epoch: -", "P117" }, { "colluders: 1", "colluders: 0", "C337" },
		{ "colluders: 1", "colluders: 4", "C337" }, { "\nn: \"", "\nn: \"!", "C331" },
		{ "seal: \"x25519", "seal: \"x448", "C333" }, { "key: \"ed", "key: \"xd", "C333" },
		{ "..2027", "..2047", "C334" }, { "holder-2", "holder-1", "C337" },
		{ "federation: \"s", "federation: \"", "C338" } };
	struct tp_key_file again;
	struct text t, bad;

	begin();
	text_init(&t, MAX_FILE_BYTES);
	tp_key_write(&f, &t);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		const char *at = strstr(text_str(&t), wrong[i].from);

		ck_assert_msg(at != NULL, "%s", wrong[i].from);
		text_init(&bad, MAX_FILE_BYTES);
		text_addn(&bad, text_str(&t), (size_t)(at - text_str(&t)));
		text_add(&bad, wrong[i].to);
		text_add(&bad, at + strlen(wrong[i].from));
		ck_assert_int_eq(read_key(&bad, &again), -1);
		ck_assert_msg(strcmp(ds.list[0].code, wrong[i].code) == 0 && ds.list[0].at.line > 0,
			"%s: %s", wrong[i].to, ds.list[0].code);
		ck_assert_ptr_null(again.k.n);
		text_clear(&bad);
	}
	text_clear(&t);
	end();
}
END_TEST

START_TEST(officers_sign_a_key_and_any_other_key_not)
{
	struct officers who = { .needed = 2, .n = 2 };
	char texts[2][SIGNING_KEY_TEXT], sigs[2][SIGNING_TEXT];
	EVP_PKEY *keys[2];
	struct hash32 what;

	begin();
	for (unsigned i = 0; i < 2; i++) {
		OK(identity_new_key(&keys[i], &err));
		OK(signing_public(keys[i], texts[i], &err));
		who.people[i] = (struct officer){ i == 0 ? "a" : "b", texts[i], INT32_MIN,
			INT32_MAX, false, { 0 } };
		f.signatures[i] = (struct member_signature){ .who = who.people[i].name,
			.key = texts[i],
			.sig = sigs[i],
			.at = "2026-03-01T09:12:04+08:00",
			.day = 20513 };
		OK(officers_signed(TP_OFFICER_LABEL, &f.k.hash, &f.signatures[i], &what, &err));
		OK(signing_sign(keys[i], &what, sigs[i], &err));
	}
	f.n = 1;
	ck_assert_int_eq(tp_key_check(&f, true, &who, 20700, &ds), -1);
	ck_assert_int_eq(tp_key_check(&f, false, &who, 20700, &ds), 0);
	f.n = 2;
	ck_assert_int_eq(tp_key_check(&f, true, &who, 20700, &ds), 0);
	/* the same signatures under another label, as of a list of members, count for nothing */
	OK(officers_signed(MEMBERS_LABEL, &f.k.hash, &f.signatures[1], &what, &err));
	OK(signing_sign(keys[1], &what, sigs[1], &err));
	ck_assert_int_eq(tp_key_check(&f, true, &who, 20700, &ds), -1);
	for (unsigned i = 0; i < 2; i++)
		EVP_PKEY_free(keys[i]);
	end();
}
END_TEST

START_TEST(a_share_file_is_for_its_holder_and_its_key)
{
	struct x_pair pair;
	struct tp_share s = { 0 };
	struct text t;

	begin();
	OK(x_pair_new(&pair, &err));
	memcpy(f.k.holders[2].seal, pair.public, 32);
	OK(tp_key_complete(&f.k, KAT_BITS, &err));
	shares[2].key = f.k.hash;
	text_init(&t, MAX_FILE_BYTES);
	OK(tp_share_write(&f.k, &shares[2], &t, &err));
	OK(tp_share_read(&f.k, pair.key, text_str(&t), t.len, &s, &err));
	ck_assert_int_eq(BN_cmp(s.s, shares[2].s), 0);
	tp_share_clear(&s);
	for (size_t len = 0; len < t.len; len++)
		ck_assert_int_eq(tp_share_read(&f.k, pair.key, text_str(&t), len, &s, &err), -1);
	/* of another epoch */
	f.k.epoch++;
	OK(tp_key_complete(&f.k, KAT_BITS, &err));
	FAILS(tp_share_read(&f.k, pair.key, text_str(&t), t.len, &s, &err), E_INPUT);
	ck_assert_ptr_null(s.s);
	text_clear(&t);
	x_pair_clear(&pair);
	end();
}
END_TEST

START_TEST(a_dealer_begins_from_a_text_of_holders)
{
	static const char good[] =
		"cordon: 1\nepoch: 1\nvalid: 2026-01-01..2027-12-31\ncolluders: 1\n"
		"holders:\n"
		"  - {name: a, key: 'ed25519:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=', seal: "
		"'x25519:hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo='}\n"
		"  - {name: b, key: 'ed25519:PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=', seal: "
		"'x25519:3p7bfXt9wbTTW2HC7OQ1Nz+DQ8hbeGdNrfx+FG+IK08='}\n";
	struct tp_key k;

	arena_init(&arena, MAX_QUERY_ARENA);
	diags_init(&ds, &arena);
	ck_assert_int_eq(tp_holders_read("h", good, strlen(good), &arena, &ds, &k), 0);
	ck_assert_uint_eq(k.n_holders, 2);
	ck_assert_uint_eq(k.needed, 2);
	ck_assert_str_eq(k.holders[1].name, "b");
	char *two = strdup(good);
	*(strstr(two, "colluders: 1") + 11) = '2'; /* more than there are */
	ck_assert_int_eq(tp_holders_read("h", two, strlen(two), &arena, &ds, &k), -1);
	ck_assert_str_eq(ds.list[0].code, "C336");
	free(two);
	arena_clear(&arena);
}
END_TEST

UNIT_MAIN("paillier_file", a_key_that_is_written_and_read_again_is_the_same_key,
	mistakes_in_a_key_are_told_with_their_place, officers_sign_a_key_and_any_other_key_not,
	a_share_file_is_for_its_holder_and_its_key, a_dealer_begins_from_a_text_of_holders)
