#include "secagg/membership.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "secagg/layout.h"

static int refuse(struct error *err, enum error_code code, const char *why)
{
	return error_set(err, code,
		SAY("The list of members for secure sums is not sound.",
			"安全求和的成员名单有误。"),
		"membership: %s", why);
}

struct sum_id sum_id_of(const char *name)
{
	static const char label[] = "cordon/sa1/id";
	uint8_t bytes[8 + sizeof(label) + MAX_NAME];
	size_t label_len = sizeof(label) - 1, len = strlen(name), at = 0;
	struct sum_id id;

	if (len > MAX_NAME)
		len = MAX_NAME; /* the callers' names are bounded far below */
	put_be32(bytes, (uint32_t)label_len);
	memcpy(bytes + 4, label, label_len);
	at = 4 + label_len;
	put_be32(bytes + at, (uint32_t)len);
	memcpy(bytes + at + 4, name, len);
	struct hash32 h = sha256(bytes, at + 4 + len);
	memcpy(id.at, h.at, sizeof(id.at));
	return id;
}

static int by_id(const void *a, const void *b)
{
	return memcmp(((const struct member *)a)->id.at, ((const struct member *)b)->id.at,
		sizeof(struct sum_id));
}

static int gateways_by_id(const void *a, const void *b)
{
	return memcmp(((const struct member_gateway *)a)->id.at,
		((const struct member_gateway *)b)->id.at, sizeof(struct sum_id));
}

static bool id_is_of(const struct sum_id *id, const char *name)
{
	struct sum_id right = sum_id_of(name);

	return memcmp(id->at, right.at, sizeof(right.at)) == 0;
}

static int key_cmp(const void *a, const void *b)
{
	return memcmp(*(const uint8_t *const *)a, *(const uint8_t *const *)b, 32);
}

/* One key with two names would let one site speak twice. */
static int check_keys(const struct membership *m, struct error *err)
{
	size_t n = m->n_members + m->n_gateways;
	const uint8_t **keys = calloc(n, sizeof(*keys));
	int ret = 0;

	if (keys == NULL)
		return error_memory(err);
	for (size_t i = 0; i < m->n_members; i++)
		keys[i] = m->members[i].key;
	for (size_t i = 0; i < m->n_gateways; i++)
		keys[m->n_members + i] = m->gateways[i].key;
	qsort(keys, n, sizeof(*keys), key_cmp);
	for (size_t i = 1; i < n && ret == 0; i++)
		if (key_cmp(&keys[i - 1], &keys[i]) == 0)
			ret = refuse(err, E_INPUT, "one key stands for two members");
	free(keys);
	return ret;
}

static int check_rules(const struct sum_rules *r, struct error *err)
{
	if (r->h_min < 3 || r->n_min < r->h_min || r->n_max < r->n_min)
		return refuse(err, E_INPUT, "3 <= h_min <= n_min <= n_max does not hold");
	if (r->n_max > MAX_SUM_SITES || r->u_min > r->n_max)
		return refuse(err, E_LIMIT, "n_max or u_min is too large");
	if (r->third && r->colluders != 0)
		return refuse(err, E_INPUT, "colluders are both a third and a number");
	if (!r->third && r->colluders > (r->n_min - 1) / 3)
		return refuse(err, E_INPUT, "n_min is below 3 * colluders + 1");
	if (r->suites == 0 || (r->suites & 1) != 0 || r->suites >> SUITE_END != 0)
		return refuse(err, E_INPUT, "no suite, or an unknown one");
	if (r->life_s == 0 || r->life_s > MAX_SUM_LIFE_S)
		return refuse(err, E_LIMIT, "the longest life of a question is 0 or too long");
	return 0;
}

static int check_members(const struct membership *m, struct error *err)
{
	for (uint64_t i = 0; i < m->n_members; i++) {
		const struct member *p = &m->members[i];

		if (!id_valid(p->site) || !id_valid(p->org) || !id_is_of(&p->id, p->site) ||
			!id_is_of(&p->org_id, p->org))
			return refuse(
				err, E_INPUT, "a site's or house's name is none, or not its id's");
		if (p->from_s < 0 || p->until_s <= p->from_s || p->state > MEMBER_SUSPENDED)
			return refuse(err, E_INPUT, "a site's validity or state is none");
		if (i > 0 && by_id(p - 1, p) >= 0)
			return refuse(err, E_INPUT, "sites are not sorted, or one stands twice");
	}
	for (uint64_t i = 0; i < m->n_gateways; i++) {
		const struct member_gateway *g = &m->gateways[i];

		if (!id_valid(g->name) || !id_is_of(&g->id, g->name))
			return refuse(err, E_INPUT, "a gateway's name is none, or not its id's");
		if (i > 0 && gateways_by_id(g - 1, g) >= 0)
			return refuse(err, E_INPUT, "gateways are not sorted, or one stands twice");
	}
	return 0;
}

int membership_check(const struct membership *m, struct error *err)
{
	if (m->n_members == 0 || m->n_members > MAX_SUM_SITES || m->n_gateways == 0 ||
		m->n_gateways > MAX_SUM_GATEWAYS)
		return refuse(err, E_LIMIT, "no site or gateway, or too many");
	if (m->epoch == 0 || m->epoch > INT64_MAX || m->from_s < 0 || m->until_s <= m->from_s)
		return refuse(err, E_INPUT, "the epoch or its validity is none");
	if (check_rules(&m->rules, err) != 0 || check_members(m, err) != 0)
		return -1;
	return check_keys(m, err);
}

int membership_complete(struct membership *m, struct error *err)
{
	if (m->n_members > MAX_SUM_SITES || m->n_gateways > MAX_SUM_GATEWAYS)
		return refuse(err, E_LIMIT, "too many sites or gateways");
	for (uint64_t i = 0; i < m->n_members; i++) {
		m->members[i].id = sum_id_of(m->members[i].site);
		m->members[i].org_id = sum_id_of(m->members[i].org);
	}
	for (uint64_t i = 0; i < m->n_gateways; i++)
		m->gateways[i].id = sum_id_of(m->gateways[i].name);
	if (m->n_members > 0)
		qsort(m->members, m->n_members, sizeof(*m->members), by_id);
	qsort(m->gateways, m->n_gateways, sizeof(*m->gateways), gateways_by_id);
	return membership_check(m, err);
}

int membership_hash(const struct membership *m, struct hash32 *out, struct error *err)
{
	const struct sum_rules *r = &m->rules;
	struct text t;

	lay_label(&t, "cordon/sa1/members");
	lay_hash(&t, &m->federation);
	lay_u64(&t, m->epoch);
	lay_u64(&t, (uint64_t)m->from_s);
	lay_u64(&t, (uint64_t)m->until_s);
	lay_u8(&t, r->third);
	lay_u64(&t, r->colluders);
	lay_u64(&t, r->h_min);
	lay_u64(&t, r->n_min);
	lay_u64(&t, r->n_max);
	lay_u64(&t, r->u_min);
	lay_u64(&t, r->suites);
	lay_u64(&t, r->life_s);
	lay_u32(&t, (uint32_t)m->n_gateways);
	for (uint64_t i = 0; i < m->n_gateways; i++) {
		lay_text(&t, m->gateways[i].name);
		lay_fixed(&t, m->gateways[i].key, sizeof(m->gateways[i].key));
	}
	lay_u32(&t, (uint32_t)m->n_members);
	for (uint64_t i = 0; i < m->n_members; i++) {
		const struct member *p = &m->members[i];

		lay_text(&t, p->site);
		lay_text(&t, p->org);
		lay_fixed(&t, p->key, sizeof(p->key));
		lay_u64(&t, (uint64_t)p->from_s);
		lay_u64(&t, (uint64_t)p->until_s);
		lay_u8(&t, (uint8_t)p->state);
	}
	return lay_digest(&t, out, err);
}

const struct member *membership_find(const struct membership *m, const struct sum_id *id)
{
	struct member key = { .id = *id };

	return bsearch(&key, m->members, m->n_members, sizeof(*m->members), by_id);
}

const struct member_gateway *membership_gateway(const struct membership *m, const struct sum_id *id)
{
	for (uint64_t i = 0; i < m->n_gateways; i++)
		if (memcmp(m->gateways[i].id.at, id->at, sizeof(id->at)) == 0)
			return &m->gateways[i];
	return NULL;
}

bool member_valid(const struct member *m, int64_t now_s)
{
	return m->state == MEMBER_ACTIVE && now_s >= m->from_s && now_s < m->until_s;
}
