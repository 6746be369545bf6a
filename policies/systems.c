#include "policies/systems.h"

#include <string.h>

enum {
	MAX_CODE = 32, /* characters of one code in normal form */
	MAX_RANGE = 10000
};

static const struct {
	const char *key, *title;
	bool prefix;
	struct say hint;
} about[SYSTEMS] = {
	[SYSTEM_OMOP] = { "omop", "OMOP", false,
		{ "439727, or 439727+ with descendants", "439727，含下级时写 439727+" } },
	[SYSTEM_ICD10] = { "icd10", "ICD-10", true,
		{ "B20, B20.1 or B20-B24", "B20、B20.1 或 B20-B24" } },
	[SYSTEM_ICD9CM3] = { "icd9cm3", "ICD-9-CM-3", true,
		{ "74, 74.1 or 74.0-74.4", "74、74.1 或 74.0-74.4" } },
	[SYSTEM_SNOMED] = { "snomed", "SNOMED CT", false,
		{ "6 to 18 digits: 86406008", "6 至 18 位数字，如 86406008" } },
	[SYSTEM_ATC] = { "atc", "ATC", true,
		{ "J, J05, J05A, J05AR or J05AR10", "J、J05、J05A、J05AR 或 J05AR10" } },
	[SYSTEM_LOINC] = { "loinc", "LOINC", false,
		{ "7918-6, the last digit being its check digit", "7918-6，末位为校验位" } },
	[SYSTEM_DEPARTMENT] = { "departments", "department", false,
		{ "the department's name in full", "科室全称" } },
	[SYSTEM_OWN] = { "own", "own", false, { "the code in full", "完整编码" } },
};

const char *system_title(enum code_system s)
{
	return about[s].title;
}

const char *system_key(enum code_system s)
{
	return about[s].key;
}

struct say system_hint(enum code_system s)
{
	return about[s].hint;
}

bool system_by_prefix(enum code_system s)
{
	return about[s].prefix;
}

/* ---- normal form ---- */

static bool left_out(char c)
{
	return c == '.' || c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static char capital(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static size_t normal(char *out, const char *s, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		if (!left_out(s[i]))
			out[n++] = capital(s[i]);
	out[n] = '\0';
	return n;
}

const char *system_normal(struct arena *a, const char *text)
{
	size_t len = strlen(text);
	char *out = arena_alloc(a, len + 1);

	if (out != NULL)
		normal(out, text, len);
	return out;
}

/* ---- what a code looks like ---- */

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool letter(char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool all_digits(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!digit(s[i]))
			return false;
	return n > 0;
}

static bool all_alphanumeric(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!digit(s[i]) && !letter(s[i]))
			return false;
	return true;
}

/* A dot, if there is one, stands once, after the category. */
static bool dot_fits(const char *s, size_t category)
{
	const char *dot = strchr(s, '.');

	return dot == NULL ||
	       ((size_t)(dot - s) == category && dot[1] != '\0' && strchr(dot + 1, '.') == NULL);
}

/* Letter, digit, digit; the third of ICD-10-CM may be A or B (C7A, M1A); then subdivisions, national ones
 * too (I10.x00x002). */
static bool icd10(const char *s, size_t n)
{
	return n >= 3 && n <= MAX_CODE && letter(s[0]) && digit(s[1]) &&
	       (digit(s[2]) || s[2] == 'A' || s[2] == 'B') && all_alphanumeric(s + 3, n - 3);
}

static bool icd9cm3(const char *s, size_t n)
{
	return n >= 2 && n <= MAX_CODE && all_digits(s, n < 4 ? n : 4) && all_alphanumeric(s, n);
}

/* A, A10, A10B, A10BA, A10BA02: one length a level. */
static bool atc(const char *s, size_t n)
{
	static const char form[] = "L99LL99";

	if (n != 1 && n != 3 && n != 4 && n != 5 && n != 7)
		return false;
	for (size_t i = 0; i < n; i++)
		if (form[i] == 'L' ? !letter(s[i]) : !digit(s[i]))
			return false;
	return true;
}

/* Digits, a dash and the check digit (Luhn's), which finds most slips of the pen. */
static bool loinc(const char *s, size_t n)
{
	unsigned sum = 0;

	if (n < 3 || n > 9 || s[n - 2] != '-' || !digit(s[n - 1]) || !all_digits(s, n - 2))
		return false;
	for (size_t i = 0; i < n - 2; i++) {
		unsigned d = (unsigned)(s[n - 3 - i] - '0') * (i % 2 == 0 ? 2 : 1);

		sum += d > 9 ? d - 9 : d;
	}
	return (10 - sum % 10) % 10 == (unsigned)(s[n - 1] - '0');
}

static bool is_code(enum code_system s, const char *written, const char *code, size_t n)
{
	switch (s) {
	case SYSTEM_ICD10:
		return icd10(code, n) && dot_fits(written, 3);
	case SYSTEM_ICD9CM3:
		return icd9cm3(code, n) && dot_fits(written, 2);
	case SYSTEM_SNOMED:
		return n >= 6 && n <= 18 && all_digits(code, n) && strchr(written, '.') == NULL;
	case SYSTEM_ATC:
		return atc(code, n) && strchr(written, '.') == NULL;
	case SYSTEM_LOINC:
		return loinc(code, n) && strchr(written, '.') == NULL;
	case SYSTEM_DEPARTMENT:
	case SYSTEM_OWN:
		return n > 0;
	default:
		return false;
	}
}

/* ---- lists ---- */

/* What a list of n codes has room for: its length rounded up, so that it need not be kept. */
static size_t room_of(size_t n)
{
	size_t room = n == 0 ? 0 : 8;

	while (room < n)
		room *= 2;
	return room;
}

static bool grow(struct arena *a, struct code_list *l, size_t more)
{
	const char **codes;

	if (l->n + more <= room_of(l->n))
		return true;
	codes = arena_array(a, room_of(l->n + more), sizeof(*codes));
	if (codes == NULL)
		return false;
	if (l->n > 0)
		memcpy(codes, l->codes, l->n * sizeof(*codes));
	l->codes = codes;
	return true;
}

static enum system_answer add_one(
	enum code_system s, const char *text, struct arena *a, struct code_list *list)
{
	struct code_list more = *list;
	const char *code = system_normal(a, text);

	if (code == NULL)
		return SYSTEM_MEMORY;
	if (!is_code(s, text, code, strlen(code)))
		return SYSTEM_BAD;
	if (!grow(a, &more, 1))
		return SYSTEM_MEMORY;
	more.codes[more.n++] = code;
	*list = more;
	return SYSTEM_READ;
}

/* A00 is 0, A99 is 99, B00 is 100: the place of a code among those as long as it; -1 when it is not a letter
 * (or nothing) and digits. */
static long place_of_code(const char *s, size_t n)
{
	size_t at = letter(s[0]) ? 1 : 0;
	long v = at == 1 ? s[0] - 'A' : 0;

	if (n == at || n > 7 || !all_digits(s + at, n - at))
		return -1;
	for (size_t i = at; i < n; i++)
		v = v * 10 + (s[i] - '0');
	return v;
}

static const char *code_at(struct arena *a, long place, size_t n, bool with_letter)
{
	char out[MAX_CODE + 1];

	out[n] = '\0';
	for (size_t i = n; i-- > (with_letter ? 1u : 0u);) {
		out[i] = (char)('0' + place % 10);
		place /= 10;
	}
	if (with_letter)
		out[0] = (char)('A' + place);
	return arena_text(a, out);
}

/* "B20-B24", "Z31.0-Z31.9", "A00-B99": both ends as long, every code between is a prefix. */
static enum system_answer add_range(enum code_system s, const char *text, const char *dash,
	struct arena *a, struct code_list *list)
{
	const char *low_text = arena_textn(a, text, (size_t)(dash - text));
	const char *high_text = dash + 1;
	const char *low = low_text == NULL ? NULL : system_normal(a, low_text);
	const char *high = system_normal(a, high_text);
	struct code_list more = *list;
	size_t n;
	long first, last;

	if (low == NULL || high == NULL)
		return SYSTEM_MEMORY;
	n = strlen(low);
	if (n != strlen(high) || !is_code(s, low_text, low, n) || !is_code(s, high_text, high, n))
		return SYSTEM_BAD;
	first = place_of_code(low, n);
	last = place_of_code(high, n);
	if (first < 0 || last < first || last - first >= MAX_RANGE)
		return SYSTEM_BAD;
	if (!grow(a, &more, (size_t)(last - first) + 1))
		return SYSTEM_MEMORY;
	for (long at = first; at <= last; at++) {
		const char *code = code_at(a, at, n, letter(low[0]));

		if (code == NULL)
			return SYSTEM_MEMORY;
		more.codes[more.n++] = code;
	}
	*list = more;
	return SYSTEM_READ;
}

enum system_answer system_add(
	enum code_system s, const char *text, struct arena *a, struct code_list *list)
{
	const char *dash = strchr(text, '-');

	if (s <= SYSTEM_OMOP || s >= SYSTEMS)
		return SYSTEM_BAD;
	if (dash != NULL && (s == SYSTEM_ICD10 || s == SYSTEM_ICD9CM3))
		return add_range(s, text, dash, a, list);
	return add_one(s, text, a, list);
}

/* ---- places ---- */

bool geo_keeps(enum geo_system g, unsigned keep)
{
	if (g == GEO_GB2260)
		return keep == 2 || keep == 4 || keep == 6;
	return g == GEO_ZIP ? keep >= 1 && keep <= 5 : keep >= 2 && keep <= 5;
}

bool geo_valid(enum geo_system g, unsigned keep, const char *area)
{
	size_t n = strlen(area);

	if (n != keep || !geo_keeps(g, keep))
		return false;
	if (g == GEO_NUTS)
		return letter(area[0]) && letter(area[1]) && all_alphanumeric(area + 2, n - 2);
	return all_digits(area, n);
}
