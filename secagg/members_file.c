#include "secagg/members_file.h"

#include <string.h>

#include "base/clock.h"
#include "crypto/signing.h"

/*
 * officers.yaml and members.yaml: their form and their readers.
 */

enum {
	DAY_S = 86400
};

static const char *const suite_words[] = { [SUITE_AES128] = "aes128",
	[SUITE_AES256] = "aes256",
	[SUITE_CHACHA20] = "chacha20",
	[SUITE_END] = NULL };
static const char *const state_words[] = { "active", "suspended", NULL };
static const struct say state_meanings[] = { { "takes part", "参与" },
	{ "in no sum until a later list says otherwise", "在后续名单恢复之前不参与任何求和" } };

static const struct shape format_number = { .kind = SHAPE_INT, .low = 1, .high = 1 };
static const struct shape id = { .kind = SHAPE_ID };
static const struct shape name_shape = { .kind = SHAPE_NAME };
static const struct shape text_shape = { .kind = SHAPE_TEXT };
static const struct shape span = { .kind = SHAPE_SPAN };
static const struct shape day = { .kind = SHAPE_DAY };
static const struct shape epoch_shape = { .kind = SHAPE_INT, .low = 1, .high = 1000000000 };
static const struct shape needed_shape = { .kind = SHAPE_INT, .low = 2, .high = MAX_SUM_OFFICERS };
static const struct shape sites_number = { .kind = SHAPE_INT, .low = 3, .high = MAX_SUM_SITES };
static const struct shape life_shape = { .kind = SHAPE_INT, .low = 1, .high = MAX_SUM_LIFE_S };
static const struct shape suite_shape = { .kind = SHAPE_WORD, .words = suite_words + 1 };
static const struct shape suites_shape = { .kind = SHAPE_LIST, .of = &suite_shape };
static const struct shape state_shape = {
	.kind = SHAPE_WORD, .words = state_words, .meanings = state_meanings
};

static const struct field officer_fields[] = {
	{ "name", true, &name_shape,
		{ "the person; may stand in several lines, each with a key",
			"姓名；一人可有多行，每行一个密钥" } },
	{ "key", true, &text_shape,
		{ "as `cordon policy sign --new-key` printed it",
			"cordon policy sign --new-key 所输出的公钥" } },
	{ "valid", false, &span, { "days on which the key may sign", "密钥可用于签名的日期" } },
	{ "revoked", false, &day,
		{ "since when nothing signed with it counts; the day is for the record",
			"吊销日期（仅作记录）；其所有签名一律作废" } },
	{ 0 },
};
static const struct shape officer_shape = { .kind = SHAPE_MAP, .fields = officer_fields };
static const struct shape people_shape = { .kind = SHAPE_LIST, .of = &officer_shape };
static const struct field officers_fields[] = {
	{ "cordon", true, &format_number, { "number of this file format: 1", "文件格式编号：1" } },
	{ "needed", false, &needed_shape,
		{ "how many people must sign: 2 when absent, always more than half",
			"须签名的人数：默认 2，且须超过半数" } },
	{ "people", true, &people_shape, { "the federation's officers", "联邦负责人" } },
	{ 0 },
};
const struct shape shape_officers = { .kind = SHAPE_MAP, .fields = officers_fields };

static const struct field rules_fields[] = {
	{ "colluders", true, &text_shape,
		{ "how many sites may work with the gateway: third (less one), or a number",
			"最多有多少家机构可能与网关串通：third（三分之一减一）或具体数字" } },
	{ "h_min", false, &sites_number,
		{ "honest houses in any sum: 3 when absent", "任何求和中的诚实单位数：默认 3" } },
	{ "n_min", true, &sites_number,
		{ "the least number of houses in a sum", "一次求和的最少单位数" } },
	{ "n_max", true, &sites_number, { "the most sites in a sum", "一次求和的最多机构数" } },
	{ "u_min", false, &sites_number,
		{ "the least number of contributors; the quorum when absent",
			"最少贡献机构数；默认为法定人数" } },
	{ "suites", true, &suites_shape,
		{ "ciphers of the masks: aes128, aes256, chacha20",
			"掩码算法：aes128、aes256、chacha20" } },
	{ "life_seconds", true, &life_shape,
		{ "the longest that one question may live", "单个问题的最长时限（秒）" } },
	{ 0 },
};
static const struct shape rules_shape = { .kind = SHAPE_MAP, .fields = rules_fields };

static const struct field gateway_fields[] = {
	{ "name", true, &id, { "as in its certificate", "与其证书一致" } },
	{ "key", true, &text_shape,
		{ "the line that `cordon ca manifest key` printed",
			"cordon ca manifest key 所输出的公钥" } },
	{ 0 },
};
static const struct shape gateway_shape = { .kind = SHAPE_MAP, .fields = gateway_fields };
static const struct shape gateways_shape = { .kind = SHAPE_LIST, .of = &gateway_shape };

static const struct field site_fields[] = {
	{ "site", true, &id, { "as in its certificate", "与其证书一致" } },
	{ "org", true, &id,
		{ "the house it belongs to; sites of one house count as one",
			"所属单位；同一单位的机构按一家计" } },
	{ "key", true, &text_shape,
		{ "the line that `cordon ca manifest key` printed",
			"cordon ca manifest key 所输出的公钥" } },
	{ "valid", true, &span, { "days, both included, UTC", "有效日期（含首尾，UTC）" } },
	{ "state", false, &state_shape,
		{ "active when absent, or suspended", "默认 active，或 suspended" } },
	{ 0 },
};
static const struct shape site_shape = { .kind = SHAPE_MAP, .fields = site_fields };
static const struct shape sites_shape = { .kind = SHAPE_LIST, .of = &site_shape };

static const struct field signature_fields[] = {
	{ "who", true, &name_shape,
		{ "the person, as in officers.yaml", "签名人，与 officers.yaml 一致" } },
	{ "key", true, &text_shape, { "the person's public key", "签名人公钥" } },
	{ "at", true, &text_shape, { "when", "签名时间" } },
	{ "sig", true, &text_shape, { "base64", "签名（base64）" } },
	{ 0 },
};
static const struct shape signature_shape = { .kind = SHAPE_MAP, .fields = signature_fields };
const struct shape shape_officers_signatures = { .kind = SHAPE_LIST, .of = &signature_shape };

static const struct field members_fields[] = {
	{ "cordon", true, &format_number, { "number of this file format: 1", "文件格式编号：1" } },
	{ "federation", true, &text_shape,
		{ "SHA-256 of the root certificate", "根证书的 SHA-256" } },
	{ "epoch", true, &epoch_shape,
		{ "number of this list; never goes back", "本名单的编号，只增不减" } },
	{ "valid", true, &span, { "days, both included, UTC", "有效日期（含首尾，UTC）" } },
	{ "rules", true, &rules_shape, { "what every site holds a sum against", "求和规则" } },
	{ "gateways", true, &gateways_shape, { "who may invite", "可发起求和的网关" } },
	{ "sites", true, &sites_shape, { "the members", "成员机构" } },
	{ "signatures", false, &shape_officers_signatures, { "by the officers", "负责人签名" } },
	{ 0 },
};
const struct shape shape_members = { .kind = SHAPE_MAP, .fields = members_fields };

/* ---- pieces ---- */

static void no_memory(struct diags *ds, struct place at)
{
	diag_error(ds, "C301", at, "there is not enough memory to read this file",
		"内存不足，无法读取此文件");
}

static bool too_many(const struct node *list, size_t max, struct diags *ds)
{
	if (list == NULL || list->count <= max)
		return false;
	diag_error(
		ds, "C302", list->at, "there are more than %zu of these", "此处超过 %zu 项", max);
	return true;
}

static void twice(struct diags *ds, struct place at, unsigned line)
{
	diag_error(ds, "C303", at, "this stands already in line %u", "此项已在第 %u 行出现", line);
}

static void read_key(const struct node *n, uint8_t out[32], struct diags *ds)
{
	if (!signing_key_bytes(node_text(n), out))
		diag_error(ds, "C304", n->at,
			"this is not a public key, as ed25519: and 44 characters",
			"这不是公钥，写法如 ed25519: 加 44 个字符");
}

/* Whole days UTC: until_s is the first second that is not in it. */
static void read_valid(const struct node *n, int64_t *from_s, int64_t *until_s, struct diags *ds)
{
	int32_t from = 0, to = 0;

	if (!node_span(n, &from, &to) || from < 0)
		diag_error(ds, "C305", n->at, "this is not a span of days after 1970",
			"这不是 1970 年以后的日期区间");
	*from_s = (int64_t)from * DAY_S;
	*until_s = ((int64_t)to + 1) * DAY_S;
}

/* Copies a name that passed SHAPE_ID, which is at most MAX_ID long. */
static void read_name(const struct node *n, char out[MAX_ID + 1], struct diags *ds)
{
	if (!text_copy(out, MAX_ID + 1, node_text(n)))
		diag_error(ds, "C302", n->at, "this name is longer than %d bytes",
			"此名称超过 %d 字节", MAX_ID);
}

/* ---- officers.yaml ---- */

const struct officer *officers_key(const struct officers *who, const char *key)
{
	for (unsigned i = 0; i < who->n; i++)
		if (strcmp(who->people[i].key, key) == 0)
			return &who->people[i];
	return NULL;
}

static void read_officer(const struct node *n, struct officers *w, struct diags *ds)
{
	struct officer *p = &w->people[w->n];
	const struct node *key = node_get(n, "key");
	const struct officer *before;
	uint8_t bytes[32];

	p->name = node_text(node_get(n, "name"));
	p->key = node_text(key);
	p->at = n->at;
	p->revoked = node_get(n, "revoked") != NULL;
	if (!node_span(node_get(n, "valid"), &p->from, &p->to)) {
		p->from = INT32_MIN;
		p->to = INT32_MAX;
	}
	read_key(key, bytes, ds);
	before = officers_key(w, p->key);
	if (before != NULL)
		twice(ds, key->at, before->at.line);
	w->n++;
}

static unsigned count_people(const struct officers *w)
{
	unsigned people = 0;

	for (unsigned i = 0; i < w->n; i++) {
		bool first = !w->people[i].revoked;

		for (unsigned j = 0; first && j < i; j++)
			first = w->people[j].revoked ||
				strcmp(w->people[j].name, w->people[i].name) != 0;
		people += first;
	}
	return people;
}

int officers_read(const char *name, const void *bytes, size_t len, struct arena *arena,
	struct diags *ds, struct officers **out)
{
	size_t before = ds->errors;
	const struct node *list;
	struct node *root = NULL;
	struct officers *w;
	unsigned people;

	if (node_read(name, bytes, len, MAX_DEPTH, arena, ds, &root) != 0 ||
		shape_check(root, &shape_officers, name, ds) != 0)
		return -1;
	list = node_get(root, "people");
	if (too_many(list, MAX_SUM_OFFICERS, ds))
		return -1;
	w = arena_alloc(arena, sizeof(*w));
	if (w == NULL) {
		no_memory(ds, root->at);
		return -1;
	}
	w->needed = (unsigned)node_int(node_get(root, "needed"), 2);
	NODE_EACH(n, list) {
		read_officer(n, w, ds);
	}
	people = count_people(w);
	if (w->needed > people || w->needed * 2 <= people)
		diag_error(ds, "C306", list->at,
			"of %u people with a key, %u cannot be the number who must sign: it is "
			"more than half "
			"of them, and at most all",
			"共有 %u 人持有密钥，须签名人数不能为 %u：须超过半数且不多于全部", people,
			w->needed);
	if (ds->errors != before)
		return -1;
	*out = w;
	return 0;
}

/* ---- members.yaml ---- */

static void read_colluders(const struct node *n, struct sum_rules *r, struct diags *ds)
{
	const char *text = node_text(n);

	r->third = strcmp(text, "third") == 0;
	if (r->third || (parse_u64(text, &r->colluders) && r->colluders < MAX_SUM_SITES))
		return;
	diag_error(ds, "C307", n->at, "'%s' is neither third nor a number below %d",
		"“%s”既不是 third，也不是小于 %d 的数字", text, MAX_SUM_SITES);
}

static void read_rules(const struct node *n, struct sum_rules *r, struct diags *ds)
{
	read_colluders(node_get(n, "colluders"), r, ds);
	r->h_min = (uint64_t)node_int(node_get(n, "h_min"), 3);
	r->n_min = (uint64_t)node_int(node_get(n, "n_min"), 3);
	r->n_max = (uint64_t)node_int(node_get(n, "n_max"), 3);
	r->u_min = (uint64_t)node_int(node_get(n, "u_min"), 0);
	r->life_s = (uint64_t)node_int(node_get(n, "life_seconds"), 1);
	NODE_EACH(word, node_get(n, "suites")) {
		for (unsigned i = SUITE_AES128; i < SUITE_END; i++)
			if (strcmp(word->text, suite_words[i]) == 0)
				r->suites |= UINT64_C(1) << i;
	}
	if (r->suites == 0)
		diag_error(ds, "C308", node_get(n, "suites")->at, "at least one suite is needed",
			"至少须列出一种算法");
	if (r->n_min < r->h_min || r->n_max < r->n_min || r->u_min > r->n_max)
		diag_error(ds, "C309", n->at,
			"this does not hold: h_min <= n_min <= n_max, and u_min <= n_max",
			"须满足：h_min <= n_min <= n_max，且 u_min <= n_max");
	if (!r->third && r->n_min > 0 && r->colluders > (r->n_min - 1) / 3)
		diag_error(ds, "C310", n->at,
			"with %llu colluders n_min must be at least %llu: the gateway chooses who "
			"takes part",
			"串通机构数为 %llu 时，n_min 至少为 %llu：参与者由网关挑选",
			(unsigned long long)r->colluders,
			(unsigned long long)(3 * r->colluders + 1));
}

/* Names and keys of gateways and sites that were read so far. */
struct seen {
	const char *name;
	const uint8_t *key;
	unsigned line;
	bool site;
};

struct reading {
	struct arena *arena;
	struct diags *ds;
	struct membership *m;
	struct seen *seen;
	size_t n;
};

static void note(
	struct reading *r, const struct node *n, const char *name, const uint8_t *key, bool site)
{
	for (size_t i = 0; i < r->n; i++) {
		if (r->seen[i].site == site && strcmp(r->seen[i].name, name) == 0)
			twice(r->ds, n->at, r->seen[i].line);
		if (memcmp(r->seen[i].key, key, 32) == 0)
			twice(r->ds, node_get(n, "key")->at, r->seen[i].line);
	}
	r->seen[r->n++] = (struct seen){ name, key, n->at.line, site };
}

static void read_gateway(struct reading *r, const struct node *n)
{
	struct member_gateway *g = &r->m->gateways[r->m->n_gateways++];

	read_name(node_get(n, "name"), g->name, r->ds);
	read_key(node_get(n, "key"), g->key, r->ds);
	note(r, n, g->name, g->key, false);
}

static void read_site(struct reading *r, const struct node *n)
{
	struct member *p = &r->m->members[r->m->n_members++];
	const char *state = node_text(node_get(n, "state"));

	read_name(node_get(n, "site"), p->site, r->ds);
	read_name(node_get(n, "org"), p->org, r->ds);
	read_key(node_get(n, "key"), p->key, r->ds);
	read_valid(node_get(n, "valid"), &p->from_s, &p->until_s, r->ds);
	p->state = state == NULL || strcmp(state, state_words[MEMBER_ACTIVE]) == 0
			   ? MEMBER_ACTIVE
			   : MEMBER_SUSPENDED;
	note(r, n, p->site, p->key, true);
}

static void read_members(struct reading *r, const struct node *root)
{
	const struct node *gateways = node_get(root, "gateways"), *sites = node_get(root, "sites");

	if (too_many(gateways, MAX_SUM_GATEWAYS, r->ds) || too_many(sites, MAX_SUM_SITES, r->ds))
		return;
	r->m->members = arena_array(r->arena, sites->count, sizeof(*r->m->members));
	r->seen = arena_array(r->arena, sites->count + gateways->count, sizeof(*r->seen));
	if (r->m->members == NULL || r->seen == NULL) {
		no_memory(r->ds, root->at);
		return;
	}
	NODE_EACH(n, gateways) {
		read_gateway(r, n);
	}
	NODE_EACH(n, sites) {
		read_site(r, n);
	}
}

static void read_signature(const struct node *n, struct member_signature *s, struct diags *ds)
{
	char day_part[11] = "";
	uint8_t key[32];

	s->who = node_text(node_get(n, "who"));
	s->key = node_text(node_get(n, "key"));
	s->at = node_text(node_get(n, "at"));
	s->sig = node_text(node_get(n, "sig"));
	s->place = n->at;
	read_key(node_get(n, "key"), key, ds);
	if (!clock_iso_parse(s->at, &s->at_ms) ||
		!text_copyn(day_part, sizeof(day_part), s->at, 10) || !day_parse(day_part, &s->day))
		diag_error(ds, "C311", node_get(n, "at")->at,
			"'%s' is not a time; it is written as 2026-03-01T09:12:04+08:00",
			"“%s”不是有效时间，写法如 2026-03-01T09:12:04+08:00", s->at);
}

void officers_read_signatures(
	const struct node *list, struct member_signature *out, unsigned *n, struct diags *ds)
{
	*n = 0;
	if (too_many(list, MAX_SUM_OFFICERS, ds))
		return;
	NODE_EACH(one, list) {
		read_signature(one, &out[(*n)++], ds);
	}
}

int members_read(const char *name, const void *bytes, size_t len, struct arena *arena,
	struct diags *ds, struct members_file **out)
{
	size_t before = ds->errors;
	struct node *root = NULL;
	struct members_file *f;
	struct reading r = { .arena = arena, .ds = ds };
	const struct node *federation;
	struct error incomplete;

	if (node_read(name, bytes, len, MAX_DEPTH, arena, ds, &root) != 0 ||
		shape_check(root, &shape_members, name, ds) != 0)
		return -1;
	f = arena_alloc(arena, sizeof(*f));
	if (f == NULL) {
		no_memory(ds, root->at);
		return -1;
	}
	r.m = &f->m;
	f->at = root->at;
	federation = node_get(root, "federation");
	if (!hash32_parse(node_text(federation), &f->m.federation))
		diag_error(ds, "C312", federation->at,
			"this is not a hash; it is sha256: and 64 digits 0-9 a-f",
			"这不是哈希，应为 sha256: 加 64 位 0-9 a-f");
	f->m.epoch = (uint64_t)node_int(node_get(root, "epoch"), 0);
	read_valid(node_get(root, "valid"), &f->m.from_s, &f->m.until_s, ds);
	read_rules(node_get(root, "rules"), &f->m.rules, ds);
	read_members(&r, root);
	officers_read_signatures(node_get(root, "signatures"), f->signatures, &f->n, ds);
	if (ds->errors != before)
		return -1;
	/* It orders first and checks then; a list that is being written may still lack members. */
	if (membership_complete(&f->m, &incomplete) != 0)
		f->incomplete = true;
	*out = f;
	return 0;
}
