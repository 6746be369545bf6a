/*
 * test_members_file.c - the list of members as a text, and the officers' signatures under it: every reason for which a
 * list does not count.
 */
#include "tests/unit/unit.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/clock.h"
#include "crypto/identity.h"
#include "crypto/signing.h"
#include "secagg/members_file.h"

enum {
	OFFICERS = 3,
	SITES = 4,
	KEYS = OFFICERS + SITES + 1
};

static struct error err;
static struct arena arena;
static struct diags ds;
static EVP_PKEY *keys[KEYS];
static char texts[KEYS][SIGNING_KEY_TEXT], sigs[KEYS][SIGNING_TEXT];
static int32_t today;

#define AT   "2026-03-01T09:12:04+08:00"
#define HASH "sha256:0000000000000000000000000000000000000000000000000000000000000001"

static void begin(void)
{
	arena_init(&arena, MAX_QUERY_ARENA);
	diags_init(&ds, &arena);
	ck_assert(day_parse("2026-03-05", &today));
	for (int i = 0; i < KEYS; i++) {
		OK(identity_new_key(&keys[i], &err));
		OK(signing_public(keys[i], texts[i], &err));
	}
}

static void end(void)
{
	for (int i = 0; i < KEYS; i++)
		EVP_PKEY_free(keys[i]);
	arena_clear(&arena);
}

/* text with the first `from` replaced. */
static void edit(struct text *t, const char *from, const char *to)
{
	struct text out;
	const char *at = strstr(text_str(t), from);

	ck_assert_msg(at != NULL, "no %s", from);
	text_init(&out, 1 << 20);
	text_addn(&out, text_str(t), (size_t)(at - text_str(t)));
	text_add(&out, to);
	text_add(&out, at + strlen(from));
	text_clear(t);
	*t = out;
}

static void list_text(struct text *t)
{
	text_init(t, 1 << 20);
	text_add(t, "cordon: 1\nfederation: '" HASH "'\nepoch: 3\nvalid: 2026-01-01..2026-12-31\n"
		    "rules:\n  colluders: third\n  n_min: 3\n  n_max: 100\n  suites: [aes128]\n"
		    "  life_seconds: 600\n");
	text_addf(t, "gateways: [{name: gw, key: '%s'}]\nsites:\n", texts[KEYS - 1]);
	for (int i = 0; i < SITES; i++)
		text_addf(t,
			"  - {site: s%d, org: o%d, key: '%s', valid: 2026-01-01..2026-06-30}\n", i,
			i, texts[OFFICERS + i]);
}

static struct members_file *read_text(const struct text *t)
{
	struct members_file *f = NULL;
	int ret;

	diags_init(&ds, &arena);
	ret = members_read("members.yaml", text_str(t), t->len, &arena, &ds, &f);
	ck_assert_int_eq(ret == 0, f != NULL);
	ck_assert_int_eq(ret == 0, ds.errors == 0);
	return f;
}

static struct members_file *list_with(const char *from, const char *to)
{
	struct members_file *f;
	struct text t;

	list_text(&t);
	if (from != NULL)
		edit(&t, from, to);
	f = read_text(&t);
	text_clear(&t);
	return f;
}

static struct officers *people_with(const char *from, const char *to)
{
	struct officers *w = NULL;
	struct text t;
	int ret;

	text_init(&t, 1 << 16);
	text_add(&t, "cordon: 1\npeople:\n");
	for (int i = 0; i < OFFICERS; i++)
		text_addf(&t, "  - {name: p%d, key: '%s', valid: 2026-01-01..2026-12-31}\n", i,
			texts[i]);
	if (from != NULL)
		edit(&t, from, to);
	diags_init(&ds, &arena);
	ret = officers_read("officers.yaml", text_str(&t), t.len, &arena, &ds, &w);
	ck_assert_int_eq(ret == 0, w != NULL);
	text_clear(&t);
	return w;
}

static void sign_as(struct members_file *f, int person, const char *name)
{
	struct member_signature *s = &f->signatures[f->n++];
	struct hash32 what;

	*s = (struct member_signature){
		.who = name, .key = texts[person], .at = AT, .sig = sigs[person], .place = f->at
	};
	ck_assert(clock_iso_parse(AT, &s->at_ms));
	ck_assert(day_parse("2026-03-01", &s->day));
	OK(members_signed(&f->m, s, &what, &err));
	OK(signing_sign(keys[person], &what, sigs[person], &err));
}

static bool said(const char *code)
{
	for (size_t i = 0; i < ds.count; i++)
		if (strcmp(ds.list[i].code, code) == 0)
			return true;
	return false;
}

/* The list does not count, for this reason. */
static void refused(const struct members_file *f, const struct officers *w, const char *code)
{
	diags_init(&ds, &arena);
	ck_assert_int_eq(members_check(f, w, today, &ds), -1);
	ck_assert_msg(said(code), "%s: not %s", ds.count > 0 ? ds.list[0].en : "nothing", code);
}

/* ---- */

START_TEST(a_list_that_two_of_three_signed_counts)
{
	begin();
	struct officers *w = people_with(NULL, NULL);
	struct members_file *f = list_with(NULL, NULL);
	struct sum_id id = sum_id_of("s2");

	refused(f, w, "C320");
	sign_as(f, 0, "p0");
	refused(f, w, "C320");
	sign_as(f, 2, "p2");
	diags_init(&ds, &arena);
	ck_assert_int_eq(members_check(f, w, today, &ds), 0);
	ck_assert_uint_eq(f->m.n_members, SITES);
	ck_assert_uint_eq(f->m.rules.h_min, 3);
	/* the last second of the last day is in, the next is not */
	const struct member *p = membership_find(&f->m, &id);
	ck_assert_ptr_nonnull(p);
	ck_assert(member_valid(p, p->until_s - 1));
	ck_assert(!member_valid(p, p->until_s));
	char day[16];
	ck_assert_str_eq(day_text((int32_t)(p->until_s / 86400), day), "2026-07-01");
	end();
}
END_TEST

START_TEST(written_and_read_again_it_is_the_same_list_with_the_same_signatures)
{
	begin();
	struct officers *w = people_with(NULL, NULL);
	struct members_file *f = list_with("2026-06-30}", "2026-06-30, state: suspended}"), *again;
	struct text t, twice;

	sign_as(f, 0, "p0");
	sign_as(f, 1, "p1");
	text_init(&t, 1 << 20);
	text_init(&twice, 1 << 20);
	members_write(f, &t);
	again = read_text(&t);
	ck_assert_ptr_nonnull(again);
	ck_assert_int_eq(members_check(again, w, today, &ds), 0);
	members_write(again, &twice);
	ck_assert_str_eq(text_str(&t), text_str(&twice));
	text_clear(&t);
	text_clear(&twice);
	end();
}
END_TEST

START_TEST(any_change_makes_the_signatures_worthless)
{
	static const char *const changes[][2] = { { "epoch: 3", "epoch: 4" },
		{ "2026-06-30}", "2026-07-30}" }, { "site: s1", "site: s9" },
		{ "org: o1", "org: o2" }, { "third", "0" }, { "n_min: 3", "n_min: 4" },
		{ "600", "601" }, { "[aes128]", "[aes128, chacha20]" }, { "name: gw", "name: gw2" },
		{ "0001'", "0002'" }, { "2026-06-30}", "2026-06-30, state: suspended}" } };

	begin();
	struct officers *w = people_with(NULL, NULL);
	struct members_file *good = list_with(NULL, NULL);

	sign_as(good, 0, "p0");
	sign_as(good, 1, "p1");
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		struct members_file *f = list_with(changes[i][0], changes[i][1]);

		ck_assert_ptr_nonnull(f);
		memcpy(f->signatures, good->signatures, sizeof(f->signatures));
		f->n = good->n;
		refused(f, w, "C317");
	}
	end();
}
END_TEST

START_TEST(only_listed_keys_of_different_people_valid_that_day_count)
{
	begin();
	struct officers *w = people_with(NULL, NULL);
	struct members_file *f = list_with(NULL, NULL);

	sign_as(f, 0, "p0");
	sign_as(f, 0, "p0"); /* one person twice */
	refused(f, w, "C316");
	f->n = 0;
	sign_as(f, 0, "p0");
	sign_as(f, OFFICERS, "p1"); /* a site's key */
	refused(f, w, "C313");
	f->n = 0;
	sign_as(f, 0, "p0");
	sign_as(f, 1, "p2"); /* under another's name */
	refused(f, w, "C313");
	f->n = 0;
	sign_as(f, 0, "p0");
	sign_as(f, 1, "p1");
	refused(f, people_with("2026-01-01..2026-12-31}", "2026-03-02..2026-12-31}"), "C315");
	refused(f, people_with("12-31}", "12-31, revoked: 2027-01-01}"), "C314");
	today -= 10; /* signed on a day to come */
	refused(f, w, "C315");
	today += 10;
	/* a third signature that is bad is an error, though two would do */
	sign_as(f, 2, "p2");
	sigs[2][3] = sigs[2][3] == 'A' ? 'B' : 'A';
	refused(f, w, "C317");
	end();
}
END_TEST

START_TEST(who_decides_on_members_is_none)
{
	begin();
	struct officers *w = people_with(NULL, NULL);
	struct members_file *f;
	struct text t;

	list_text(&t);
	edit(&t, texts[OFFICERS], texts[2]);
	f = read_text(&t);
	sign_as(f, 0, "p0");
	sign_as(f, 1, "p1");
	refused(f, w, "C318");
	text_clear(&t);
	end();
}
END_TEST

START_TEST(fewer_than_half_of_the_officers_are_never_enough)
{
	begin();
	ck_assert_ptr_nonnull(people_with("people:", "needed: 3\npeople:"));
	ck_assert_ptr_null(people_with("people:", "needed: 4\npeople:"));
	ck_assert(said("C306"));
	ck_assert_ptr_null(people_with("people:", "needed: 1\npeople:"));
	/* four people want three */
	struct text line;
	text_init(&line, 1000);
	text_addf(&line, "people:\n  - {name: p9, key: '%s'}", texts[KEYS - 1]);
	ck_assert_ptr_null(people_with("people:", text_str(&line)));
	ck_assert(said("C306"));
	/* a second key is no second person */
	text_reset(&line);
	text_addf(&line, "people:\n  - {name: p0, key: '%s'}", texts[KEYS - 1]);
	ck_assert_ptr_nonnull(people_with("people:", text_str(&line)));
	text_clear(&line);
	end();
}
END_TEST

START_TEST(mistakes_are_told_with_their_place)
{
	static const struct {
		const char *from, *to, *code;
		unsigned line;
	} wrong[] = { { "epoch: 3", "epoch: 0", "P117", 3 },
		{ "federation: 'sha256:00", "federation: 'sha256:0", "C312", 2 },
		{ "third", "most", "C307", 6 }, { "third", "2", "C310", 6 },
		{ "n_min: 3", "n_min: 101", "C309", 6 }, { "[aes128]", "[]", "C308", 9 },
		{ "[aes128]", "[des]", "P113", 9 }, { "site: s1", "site: s0", "C303", 14 },
		{ "key: 'ed25519:", "key: 'rsa:", "C304", 11 },
		{ "valid: 2026-01-01..2026-06-30", "valid: 1950-01-01..1960-01-01", "C305", 13 },
		{ "sites:", "sitess:", "P111", 12 } };

	begin();
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		bool found = false;

		ck_assert_ptr_null(list_with(wrong[i].from, wrong[i].to));
		for (size_t j = 0; j < ds.count; j++)
			found = found || (strcmp(ds.list[j].code, wrong[i].code) == 0 &&
						 ds.list[j].at.line == wrong[i].line &&
						 ds.list[j].at.column > 0);
		ck_assert_msg(found, "%s: %s line %u (%s)", wrong[i].to, ds.list[0].code,
			ds.list[0].at.line, ds.list[0].en);
	}
	end();
}
END_TEST

START_TEST(a_list_without_members_can_be_read_but_does_not_count)
{
	begin();
	struct officers *w = people_with(NULL, NULL);
	struct text t;
	struct members_file *f;

	text_init(&t, 1 << 16);
	text_add(&t, "cordon: 1\nfederation: '" HASH "'\nepoch: 1\nvalid: 2026-01-01..2026-12-31\n"
		     "rules: {colluders: third, n_min: 3, n_max: 100, suites: [aes128], "
		     "life_seconds: 600}\ngateways: []\nsites: []\n");
	f = read_text(&t);
	ck_assert_ptr_nonnull(f);
	ck_assert(f->incomplete);
	sign_as(f, 0, "p0");
	sign_as(f, 1, "p1");
	refused(f, w, "C319");
	text_clear(&t);
	end();
}
END_TEST

START_TEST(an_epoch_never_goes_back_and_has_one_list)
{
	begin();
	struct members_seen seen = { 0 }, now = { 0 }, untouched = { .epoch = 99 };
	struct members_file *f = list_with(NULL, NULL), *other = list_with("site: s1", "site: s9");

	OK(members_follow(&seen, &f->m, &now, &err));
	ck_assert_uint_eq(now.epoch, 3);
	seen = now;
	OK(members_follow(&seen, &f->m, &now, &err)); /* read again */
	FAILS(members_follow(&seen, &other->m, &untouched, &err), E_DENIED);
	f->m.epoch = 2;
	FAILS(members_follow(&seen, &f->m, &untouched, &err), E_DENIED);
	ck_assert_uint_eq(untouched.epoch, 99);
	other->m.epoch = 4;
	OK(members_follow(&seen, &other->m, &now, &err));
	ck_assert_uint_eq(now.epoch, 4);
	end();
}
END_TEST

START_TEST(a_program_takes_up_only_a_signed_list_of_its_federation_that_is_valid_and_not_old)
{
	begin();
	struct members_file *f = list_with(NULL, NULL);
	const struct membership *m = NULL;
	struct members_seen now = { 0 };
	struct text list, people;

	sign_as(f, 0, "p0");
	sign_as(f, 1, "p1");
	text_init(&list, 1 << 20);
	text_init(&people, 1 << 20);
	members_write(f, &list);
	text_add(&people, "cordon: 1\npeople:\n");
	for (int i = 0; i < OFFICERS; i++)
		text_addf(&people, "  - {name: p%d, key: '%s'}\n", i, texts[i]);
	const struct members_want good = {
		.members = { "members.yaml", text_str(&list), list.len },
		.officers = { "officers.yaml", text_str(&people), people.len },
		.federation = f->m.federation,
		.now_s = (int64_t)today * 86400,
		.today = today,
	};
	static const char *const codes[] = { NULL, "C321", "C322", "C322", "C323", "C320", "C306" };

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		struct members_want w = good;

		if (i == 1)
			w.federation.at[0] ^= 1;
		if (i == 2)
			w.now_s = f->m.until_s;
		if (i == 3)
			w.now_s = f->m.from_s - 1;
		if (i == 4)
			w.seen.epoch = f->m.epoch + 1;
		if (i == 5) /* the last signature cut off */
			w.members.len = (size_t)(strstr(text_str(&list), "  - {who: \"p1\"") -
						 text_str(&list));
		if (i == 6) /* officers of whom one alone is left */
			w.officers.len = (size_t)(strstr(text_str(&people), "  - {name: p1") -
						  text_str(&people));
		m = NULL;
		now = (struct members_seen){ 0 };
		diags_init(&ds, &arena);
		ck_assert_int_eq(members_take_up(&w, &arena, &ds, &m, &now), i == 0 ? 0 : -1);
		ck_assert_int_eq(m != NULL, i == 0);
		ck_assert_uint_eq(now.epoch, i == 0 ? 3 : 0);
		ck_assert_msg(i == 0 || said(codes[i]), "%zu: not %s", i, codes[i]);
	}
	text_clear(&list);
	text_clear(&people);
	end();
}
END_TEST

UNIT_MAIN("members_file",
	a_program_takes_up_only_a_signed_list_of_its_federation_that_is_valid_and_not_old,
	a_list_that_two_of_three_signed_counts,
	written_and_read_again_it_is_the_same_list_with_the_same_signatures,
	any_change_makes_the_signatures_worthless,
	only_listed_keys_of_different_people_valid_that_day_count, who_decides_on_members_is_none,
	fewer_than_half_of_the_officers_are_never_enough, mistakes_are_told_with_their_place,
	a_list_without_members_can_be_read_but_does_not_count,
	an_epoch_never_goes_back_and_has_one_list)
