/*
 * test_approval.c - who approved a policy: the readers, the bytes that are signed, and every reason for which an
 * approval does not count.
 */
#include "tests/unit/policies.h"

#include <openssl/evp.h>

#include "base/clock.h"
#include "crypto/identity.h"
#include "crypto/signing.h"
#include "policies/approval/approval.h"

static struct error err;

/* ---- people, a folder and its approval ---- */

enum {
	OFFICER,
	OWNER,
	OTHER,
	PEOPLE
};

static EVP_PKEY *keys[PEOPLE];
static char key_texts[PEOPLE][SIGNING_KEY_TEXT], sigs[MAX_SIGNATURES][SIGNING_TEXT];
static struct arena arena;
static struct approvers *who;
static struct policy *p;
static struct policy_file files[P_FILES + 1];
static struct policy_folder folder;
static struct approval a;
static int32_t today;

#define AT "2026-03-01T09:12:04+08:00"
static const char people_text[] =
	"cordon: 1\n"
	"people:\n"
	"  - {name: officer-a, roles: [compliance], key: '%s', valid: 2026-01-01..2026-12-31}\n"
	"  - {name: owner-b, roles: [data-owner, compliance], key: '%s'}\n"
	"  - {name: other-c, roles: [guest], key: '%s'}\n";

static struct approvers *read_people(const char *text)
{
	struct approvers *out = NULL;
	int ret = approvers_read("approvers.yaml", text, strlen(text), &arena, &policy_ds, &out);

	ck_assert_int_eq(ret == 0, out != NULL);
	ck_assert_int_eq(ret == 0, policy_ds.errors == 0);
	check_policy_sentences();
	return out;
}

/* people_text with an edit. */
static struct approvers *people_with(const char *from, const char *to)
{
	struct text plain, t;
	const char *at;

	text_init(&plain, 1 << 16);
	text_init(&t, 1 << 16);
	text_addf(&plain, people_text, key_texts[0], key_texts[1], key_texts[2]);
	at = strstr(text_str(&plain), from);
	ck_assert_ptr_nonnull(at);
	text_addn(&t, text_str(&plain), (size_t)(at - text_str(&plain)));
	text_add(&t, to);
	text_add(&t, at + strlen(from));
	struct approvers *out = read_people(text_str(&t));
	text_clear(&plain);
	text_clear(&t);
	return out;
}

static void read_policy(void)
{
	p = NULL;
	ck_assert_int_eq(policy_read(files, folder.n, &policy_arena, &policy_ds, &p), 0);
	folder.files = files;
}

static void add_signature(int person, const char *name, const char *role, const char *at)
{
	struct approval_signature *s = &a.signatures[a.n];
	char day[11];
	struct hash32 what;

	*s = (struct approval_signature){
		.who = name, .role = role, .key = key_texts[person], .at = at, .sig = sigs[a.n]
	};
	ck_assert(clock_iso_parse(at, &s->at_ms) && text_copyn(day, sizeof(day), at, 10) &&
		  day_parse(day, &s->day));
	what = approval_signed(&a, s);
	OK(signing_sign(keys[person], &what, sigs[a.n], &err));
	a.n++;
}

static void begin_approval(void)
{
	a = (struct approval){ .site = p->site,
		.version = p->version,
		.hash = p->hash,
		.replaces = 6,
		.replaces_hash = sha256("six", 3),
		.effect = sha256("effect", 6),
		.items = p->items,
		.n_items = p->n_items };
}

static void both_sign(void)
{
	begin_approval();
	add_signature(OFFICER, "officer-a", "compliance", AT);
	add_signature(OWNER, "owner-b", "data-owner", AT);
}

static void begin(void)
{
	policy_fresh();
	arena_init(&arena, MAX_POLICY_ARENA);
	for (int i = 0; i < PEOPLE; i++) {
		OK(identity_new_key(&keys[i], &err));
		OK(signing_public(keys[i], key_texts[i], &err));
	}
	for (int i = 0; i < P_FILES; i++)
		files[i] = (struct policy_file){ policy_names[i], policy_texts[i],
			strlen(policy_texts[i]) };
	folder.n = P_FILES;
	read_policy();
	who = people_with("cordon", "cordon");
	today = day_of(2026, 3, 1);
	both_sign();
}

static void end(void)
{
	for (int i = 0; i < PEOPLE; i++)
		EVP_PKEY_free(keys[i]);
	arena_clear(&arena);
}

static void fresh_words(void)
{
	arena_reset(&policy_words);
	diags_init(&policy_ds, &policy_words);
}

/* Whether the approval counts; what it says when it does not is in both languages. */
static bool approved(void)
{
	int ret;

	fresh_words();
	ret = approval_check(&a, p, &folder, who, today, &arena, &policy_ds);
	ck_assert_int_eq(ret == 0, policy_ds.errors == 0);
	check_policy_sentences();
	return ret == 0;
}

static void refused_as(const char *code, const char *words)
{
	ck_assert_msg(!approved(), "approved, though: %s", words);
	ck_assert_msg(diag_with(code) != NULL && strstr(first_error(), words) != NULL,
		"%s is told as: %s", words, first_error());
}

/* ---- one signature after another ---- */

START_TEST(two_people_with_two_roles_approve)
{
	begin();
	ck_assert_msg(approved(), "%s", first_error());
	/* in either order */
	begin_approval();
	add_signature(OWNER, "owner-b", "data-owner", AT);
	add_signature(OFFICER, "officer-a", "compliance", AT);
	ck_assert_msg(approved(), "%s", first_error());
	end();
}
END_TEST

START_TEST(a_missing_signature_is_named)
{
	const char *missing[MAX_SIGNATURES];

	begin();
	a.n = 1;
	refused_as("P401", "one of two signatures (data-owner is missing)");
	ck_assert_str_eq(policy_ds.list[0].zh, "未获批准：缺少 data-owner 签名");
	a.n = 0;
	refused_as("P401", "none of two signatures (compliance, data-owner are missing)");
	fresh_words();
	ck_assert_int_eq(approval_check(NULL, p, &folder, who, today, &arena, &policy_ds), -1);
	ck_assert_ptr_nonnull(strstr(first_error(), "none of two signatures"));
	ck_assert_uint_eq(approval_missing(NULL, who, missing), 2);
	/* a third role is wanted */
	fresh_words();
	who = people_with("people:", "required: [compliance, data-owner, guest]\npeople:");
	both_sign();
	refused_as("P401", "two of three signatures (guest is missing)");
	add_signature(OTHER, "other-c", "guest", AT);
	ck_assert_msg(approved(), "%s", first_error());
	end();
}
END_TEST

START_TEST(one_person_or_one_key_is_never_two)
{
	begin();
	begin_approval();
	add_signature(OWNER, "owner-b", "compliance", AT);
	add_signature(OWNER, "owner-b", "data-owner", AT);
	refused_as("P401", "this person signed already");
	/* the same person with a second key */
	fresh_words();
	who = people_with("name: other-c, roles: [guest]", "name: owner-b, roles: [data-owner]");
	begin_approval();
	add_signature(OWNER, "owner-b", "compliance", AT);
	add_signature(OTHER, "owner-b", "data-owner", AT);
	refused_as("P401", "this person signed already");
	/* another name over the same key */
	begin_approval();
	add_signature(OWNER, "owner-b", "compliance", AT);
	add_signature(OWNER, "officer-a", "data-owner", AT);
	refused_as("P401", "its key is another person's");
	/* two in one role */
	begin_approval();
	add_signature(OFFICER, "officer-a", "compliance", AT);
	add_signature(OWNER, "owner-b", "compliance", AT);
	refused_as("P401", "somebody signed in this role already");
	end();
}
END_TEST

START_TEST(a_key_must_be_listed_valid_and_not_revoked)
{
	begin();
	begin_approval();
	add_signature(OTHER, "officer-a", "compliance", AT);
	refused_as("P401", "its key is another person's");
	both_sign();
	fresh_words();
	who = people_with(key_texts[OWNER], "ed25519:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
	refused_as("P401", "its key is not in approvers.yaml");
	fresh_words();
	who = people_with("name: owner-b", "revoked: 2026-02-01, name: owner-b");
	refused_as("P401", "its key is revoked");
	fresh_words();
	who = people_with("name: owner-b", "revoked: 2099-02-01, name: owner-b"); /* whatever day */
	refused_as("P401", "its key is revoked");
	fresh_words();
	who = people_with("roles: [compliance]", "roles: [data-owner]");
	refused_as("P401", "does not have this role");
	fresh_words();
	who = people_with("2026-01-01..2026-12-31", "2026-01-01..2026-02-28");
	refused_as("P401", "not valid on the day of signing");
	fresh_words();
	who = people_with("2026-01-01..2026-12-31", "2026-03-02..2026-12-31");
	refused_as("P401", "not valid on the day of signing");
	fresh_words();
	who = people_with("2026-01-01..2026-12-31", "2026-03-01..2026-03-01");
	ck_assert_msg(approved(), "%s", first_error());
	end();
}
END_TEST

START_TEST(a_day_yet_to_come_signs_nothing)
{
	begin();
	today = day_of(2026, 2, 28); /* it may be the first of March somewhere */
	ck_assert_msg(approved(), "%s", first_error());
	today = day_of(2026, 2, 27);
	refused_as("P401", "its day is yet to come");
	end();
}
END_TEST

START_TEST(a_signature_holds_for_everything_that_was_signed)
{
	static const char later[] = "2026-03-01T09:12:05+08:00";
	struct hash32 other = sha256("other", 5), before;

	begin();
	for (int i = 0; i < 7; i++) {
		both_sign();
		before = approval_signed(&a, &a.signatures[0]);
		if (i == 0)
			a.effect = other;
		else if (i == 1)
			a.replaces_hash = other;
		else if (i == 2)
			a.replaces = 5;
		else if (i == 3)
			a.signatures[0].at = later;
		else if (i == 4)
			a.signatures[0].sig = a.signatures[1].sig;
		else if (i == 5)
			a.signatures[0].sig = "";
		else
			a.signatures[0].sig = "AAAA";
		struct hash32 now = approval_signed(&a, &a.signatures[0]);
		ck_assert_int_eq(i < 4, !hash32_equal(&before, &now));
		refused_as("P401", "it does not hold for what is in approval.yaml");
	}
	/* a role may not be changed for another that the person has */
	begin_approval();
	add_signature(OFFICER, "officer-a", "compliance", AT);
	add_signature(OWNER, "owner-b", "compliance", AT);
	a.signatures[1].role = "data-owner";
	refused_as("P401", "it does not hold");
	/* nothing runs over into its neighbour */
	both_sign();
	before = approval_signed(&a, &a.signatures[0]);
	a.signatures[0].who = "officer-ac";
	a.signatures[0].role = "ompliance";
	struct hash32 moved = approval_signed(&a, &a.signatures[0]);
	ck_assert(!hash32_equal(&before, &moved));
	end();
}
END_TEST

/* ---- the files ---- */

START_TEST(a_change_after_signing_is_named)
{
	char *crlf = NULL;
	struct text t;

	begin();
	files[P_STUDIES] = (struct policy_file){ "studies.yaml", policy_texts[P_STUDIES],
		strlen(policy_texts[P_STUDIES]) };
	/* LF became CRLF */
	text_init(&t, 1 << 20);
	for (const char *s = policy_texts[P_STUDIES]; *s != '\0'; s++) {
		if (*s == '\n')
			text_addc(&t, '\r');
		text_addc(&t, *s);
	}
	crlf = text_take(&t);
	files[P_STUDIES].bytes = crlf;
	files[P_STUDIES].len = strlen(crlf);
	read_policy();
	refused_as("P402",
		"studies.yaml was changed after signing (only line ends differ: LF became CRLF)");
	/* and the other way round */
	both_sign();
	ck_assert(approved());
	files[P_STUDIES].bytes = policy_texts[P_STUDIES];
	files[P_STUDIES].len = strlen(policy_texts[P_STUDIES]);
	read_policy();
	refused_as("P402",
		"studies.yaml was changed after signing (only line ends differ: CRLF became LF)");
	both_sign();
	/* a word */
	text_init(&t, 1 << 20);
	text_addf(&t, "%s# x\n", policy_texts[P_STUDIES]);
	files[P_STUDIES].bytes = text_str(&t);
	files[P_STUDIES].len = t.len;
	read_policy();
	refused_as("P402", "studies.yaml was changed after signing");
	ck_assert_ptr_null(strstr(first_error(), "line ends"));
	/* a file more */
	files[P_STUDIES].bytes = policy_texts[P_STUDIES];
	files[P_STUDIES].len = strlen(policy_texts[P_STUDIES]);
	files[P_FILES] = (struct policy_file){ "README.md", "x", 1 };
	folder.n = P_FILES + 1;
	read_policy();
	refused_as("P402", "README.md was added after signing");
	both_sign();
	ck_assert(approved());
	folder.n = P_FILES;
	read_policy();
	refused_as("P402", "README.md was taken away after signing");
	text_clear(&t);
	free(crlf);
	end();
}
END_TEST

START_TEST(another_preset_in_the_program_is_a_change)
{
	struct policy_item *items;

	begin();
	items = arena_array(&arena, p->n_items, sizeof(*items));
	memcpy(items, p->items, p->n_items * sizeof(*items));
	for (unsigned i = 0; i < p->n_items; i++)
		if (strcmp(items[i].name, "presets/strict") == 0)
			items[i].hash = sha256("older", 5);
	begin_approval();
	a.items = items;
	ck_assert(policy_items_hash(items, a.n_items, &arena, &a.hash));
	add_signature(OFFICER, "officer-a", "compliance", AT);
	add_signature(OWNER, "owner-b", "data-owner", AT);
	refused_as("P402", "'presets/strict' of this program is not the one that was signed");
	end();
}
END_TEST

START_TEST(the_list_of_files_cannot_differ_from_what_was_signed)
{
	struct policy_item *items;

	begin();
	items = arena_array(&arena, p->n_items, sizeof(*items));
	memcpy(items, p->items, p->n_items * sizeof(*items));
	items[0].size++;
	a.items = items;
	refused_as("P402", "its files do not have its hash");
	a.n_items = 0;
	refused_as("P402", "its files do not have its hash");
	end();
}
END_TEST

START_TEST(an_approval_of_another_version_or_site_is_none)
{
	begin();
	a.version = 6;
	refused_as("P401", "approves version 6 of site 's1', not this one");
	both_sign();
	a.site = "s2";
	refused_as("P401", "of site 's2', not this one");
	end();
}
END_TEST

/* ---- as a text ---- */

static struct approval *read_text(const char *bytes, size_t len)
{
	struct approval *out = NULL;
	int ret;

	fresh_words();
	ret = approval_read("approval.yaml", bytes, len, &arena, &policy_ds, &out);
	ck_assert_int_eq(ret == 0, out != NULL);
	ck_assert_int_eq(ret == 0, policy_ds.errors == 0);
	check_policy_sentences();
	return out;
}

START_TEST(what_is_written_is_read_again)
{
	struct approval *again;
	struct text t, t2;

	begin();
	for (int i = 0; i < 2; i++) {
		text_init(&t, 1 << 20);
		text_init(&t2, 1 << 20);
		approval_write(&a, &t);
		again = read_text(text_str(&t), t.len);
		ck_assert_msg(again != NULL, "%s", first_error());
		ck_assert_int_eq(again->signatures[1].at_ms, a.signatures[1].at_ms);
		approval_write(again, &t2);
		ck_assert_str_eq(text_str(&t), text_str(&t2));
		ck_assert_int_eq(
			approval_check(again, p, &folder, who, today, &arena, &policy_ds), 0);
		text_clear(&t);
		text_clear(&t2);
		begin_approval(); /* and one that replaces nothing */
		a.replaces = 0;
		memset(&a.replaces_hash, 0, sizeof(a.replaces_hash));
		add_signature(OFFICER, "officer-a", "compliance", AT);
		add_signature(OWNER, "owner-b", "data-owner", AT);
	}
	end();
}
END_TEST

/* Whatever still counts must say exactly what was signed. */
static void counts_only_as_signed(const char *bytes, size_t len, const char *signed_text)
{
	struct approval *again = read_text(bytes, len);
	struct text t;

	fresh_words();
	if (again == NULL || approval_check(again, p, &folder, who, today, &arena, &policy_ds) != 0)
		return;
	text_init(&t, 1 << 20);
	approval_write(again, &t);
	ck_assert_str_eq(text_str(&t), signed_text);
	text_clear(&t);
}

START_TEST(no_cut_and_no_flipped_bit_approves_anything_else)
{
	struct text t;
	char *copy;
	unsigned cut_and_good = 0;

	begin();
	text_init(&t, 1 << 20);
	approval_write(&a, &t);
	copy = strdup(text_str(&t));
	for (size_t len = 0; len < t.len; len++) {
		struct approval *again;

		arena_reset(&arena);
		fresh_words();
		who = people_with("cordon", "cordon");
		again = read_text(copy, len);
		fresh_words();
		cut_and_good += again != NULL && approval_check(again, p, &folder, who, today,
							 &arena, &policy_ds) == 0;
	}
	ck_assert_uint_eq(cut_and_good, 1); /* without its last line end */
	for (size_t at = 0; at < t.len; at++)
		for (int bit = 0; bit < 8; bit++) {
			arena_reset(&arena);
			fresh_words();
			who = people_with("cordon", "cordon");
			copy[at] = (char)(copy[at] ^ 1 << bit);
			counts_only_as_signed(copy, t.len, text_str(&t));
			copy[at] = (char)(copy[at] ^ 1 << bit);
		}
	free(copy);
	text_clear(&t);
	end();
}
END_TEST

START_TEST(a_text_that_is_no_approval_is_refused_with_its_place)
{
	static const char good[] =
		"cordon: 1\npolicy: {site: s1, version: 7, hash: 'sha256:"
		"0000000000000000000000000000000000000000000000000000000000000000'}\n"
		"replaces: {effect: 'sha256:"
		"0000000000000000000000000000000000000000000000000000000000000000'}\n"
		"files: []\nsignatures: []\n";
	static const struct {
		const char *from, *to, *code;
	} edits[] = {
		{ "sha256:", "sha1:", "P116" },
		{ "version: 7", "version: 0", "P117" },
		{ "cordon: 1", "cordon: 2", "P117" },
		{ "replaces: {", "replaces: {version: 6, ", "P112" },
		{ "signatures: []",
			"signatures: [{who: a, role: b, key: x, at: '2026-03-01', sig: ''}]",
			"P114" },
		{ "signatures: []",
			"signatures: [{who: a, role: b, key: x, at: '2026-03-01T00:00:00+08:00', "
			"sig: s}]",
			"P116" },
		{ "signatures: []", "signaturs: []", "P111" },
		{ "files: []", "files: [{name: a, size: -1, hash: x}]", "P117" },
		{ "signatures: []", "", "P112" },
	};

	begin();
	ck_assert_ptr_nonnull(read_text(good, strlen(good)));
	for (size_t i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
		const char *at = strstr(good, edits[i].from);
		struct text t;

		text_init(&t, 1 << 16);
		text_addn(&t, good, (size_t)(at - good));
		text_add(&t, edits[i].to);
		text_add(&t, at + strlen(edits[i].from));
		ck_assert_ptr_null(read_text(text_str(&t), t.len));
		ck_assert_msg(diag_with(edits[i].code) != NULL, "%s: %s %s", edits[i].to,
			policy_ds.list[0].code, first_error());
		text_clear(&t);
	}
	ck_assert_ptr_null(read_text("", 0));
	end();
}
END_TEST

START_TEST(approvers_are_read_strictly)
{
	static const struct {
		const char *from, *to, *code;
	} edits[] = {
		{ "people:", "required: [compliance]\npeople:", "P404" },
		{ "people:", "required: []\npeople:", "P404" },
		{ "people:", "required: [compliance, compliance]\npeople:", "P136" },
		{ "people:", "required: compliance\npeople:", "P116" },
		{ "ed25519:", "sm2:", "P116" },
		{ "ed25519:", "", "P116" },
		{ "valid: 2026-01-01..2026-12-31", "valid: 2026", "P114" },
		{ "name: other-c", "nane: other-c", "P111" },
		{ "roles: [guest]", "revoked: yes, roles: [guest]", "P114" },
	};

	begin();
	for (size_t i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
		fresh_words();
		ck_assert_ptr_null(people_with(edits[i].from, edits[i].to));
		ck_assert_msg(diag_with(edits[i].code) != NULL, "%s: %s %s", edits[i].to,
			policy_ds.list[0].code, first_error());
	}
	fresh_words();
	ck_assert_ptr_null(people_with(key_texts[OTHER], key_texts[OWNER]));
	ck_assert_ptr_nonnull(diag_with("P136"));
	/* a role that nobody holds closes nothing, but is told */
	fresh_words();
	ck_assert_ptr_nonnull(
		people_with("name: officer-a", "revoked: 2026-01-01, name: officer-a"));
	ck_assert_ptr_null(diag_with("W431")); /* owner-b could */
	fresh_words();
	ck_assert_ptr_nonnull(people_with("people:", "required: [ethics, compliance]\npeople:"));
	ck_assert_ptr_nonnull(diag_with("W431"));
	end();
}
END_TEST

/* ---- keys ---- */

START_TEST(a_key_opens_with_its_passphrase_alone)
{
	EVP_PKEY *key, *again = NULL;
	char *pem, text[SIGNING_KEY_TEXT], text2[SIGNING_KEY_TEXT];

	OK(identity_new_key(&key, &err));
	OK(signing_public(key, text, &err));
	ck_assert(signing_key_valid(text));
	FAILS(signing_key_pem(key, "1234567", &pem, &err), E_INPUT);
	OK(signing_key_pem(key, "a good one 口令", &pem, &err));
	ck_assert(signing_key_locked(pem, strlen(pem)));
	ck_assert_ptr_nonnull(strstr(pem, "ENCRYPTED"));
	FAILS(signing_key_read(&again, pem, strlen(pem), "a bad one", &err), E_INPUT);
	FAILS(signing_key_read(&again, pem, strlen(pem), NULL, &err), E_INPUT);
	FAILS(signing_key_read(&again, pem, strlen(pem), "", &err), E_INPUT);
	ck_assert_ptr_null(again);
	OK(signing_key_read(&again, pem, strlen(pem), "a good one 口令", &err));
	OK(signing_public(again, text2, &err));
	ck_assert_str_eq(text, text2);
	EVP_PKEY_free(again);
	free(pem);
	OK(identity_key_pem(key, &pem, &err)); /* one without */
	ck_assert(!signing_key_locked(pem, strlen(pem)));
	OK(signing_key_read(&again, pem, strlen(pem), NULL, &err));
	EVP_PKEY_free(again);
	free(pem);
	EVP_PKEY_free(key);
	OK(identity_new_web_key(&key, &err)); /* one that cannot sign here */
	OK(identity_key_pem(key, &pem, &err));
	FAILS(signing_key_read(&again, pem, strlen(pem), NULL, &err), E_INPUT);
	FAILS(signing_public(key, text, &err), E_INPUT);
	free(pem);
	EVP_PKEY_free(key);
}
END_TEST

START_TEST(a_public_key_has_one_spelling)
{
	/* the key of RFC 8032, 7.1, test 1 */
	static const char good[] = "ed25519:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
	static const char *const bad[] = { "",
		"ed25519:", "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
		"ED25519:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
		"ed25519:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo",
		"ed25519:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURp=", /* spare bits */
		"ed25519:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo= ",
		"ed25519:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcH",
		"sm2:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=" };
	struct hash32 h = sha256("x", 1);

	ck_assert(signing_key_valid(good));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_msg(!signing_key_valid(bad[i]), "%s", bad[i]);
		FAILS(signing_verify(bad[i], &h, "AAAA", &err), E_CRYPTO);
	}
	FAILS(signing_verify(good, &h, "", &err), E_CRYPTO);
}
END_TEST

UNIT_MAIN("approval", two_people_with_two_roles_approve, a_missing_signature_is_named,
	one_person_or_one_key_is_never_two, a_key_must_be_listed_valid_and_not_revoked,
	a_day_yet_to_come_signs_nothing, a_signature_holds_for_everything_that_was_signed,
	a_change_after_signing_is_named, another_preset_in_the_program_is_a_change,
	the_list_of_files_cannot_differ_from_what_was_signed,
	an_approval_of_another_version_or_site_is_none, what_is_written_is_read_again,
	no_cut_and_no_flipped_bit_approves_anything_else,
	a_text_that_is_no_approval_is_refused_with_its_place, approvers_are_read_strictly,
	a_key_opens_with_its_passphrase_alone, a_public_key_has_one_spelling)
