#include "answer/answer_cells.h"

#include "answer/answer_statistics.h"
#include "query/answer.h"

/*
 * Cells in the order of the total, word by word: released, below the threshold, or not offered.
 */

uint64_t cells_words(const struct release *r)
{
	return r->n_layers * r->n_points;
}

/* Which word of a tuple it is: nothing where there is one, as of a count. */
static void write_word(struct text *t, const struct release *r, uint64_t layer, uint64_t point)
{
	static const char *const layers[MAX_LAYERS] = { "people", "sum", "squares" };

	if (r->n_layers > 1)
		text_addf(t, ",\"layer\":\"%s\"", layers[layer]);
	if (r->n_points > 1)
		text_addf(t, ",\"point\":%llu", (unsigned long long)point);
}

/* {"group":{..},"point":3 */
static void write_tuple(
	const struct combined *all, const struct combine_word *word, struct text *out)
{
	text_add(out, "{\"group\":");
	statistics_group(all, word->cell, out);
	write_word(out, all->scale, word->layer, word->point);
}

/* The words of the total one after the other; false after the last. */
static bool next_word(const struct combined *all, size_t *tuple, struct combine_word *word)
{
	if (++word->point == all->scale->n_points) {
		word->point = 0;
		if (++word->layer == all->scale->n_layers) {
			word->layer = 0;
			++*tuple;
		}
	}
	if (*tuple < all->n_cells)
		word->cell = all->cells[*tuple];
	return *tuple < all->n_cells;
}

/* The multiple of g at or below v. */
static int64_t multiple_below(int64_t v, int64_t g)
{
	int64_t rest = v % g;

	return v - (rest < 0 ? rest + g : rest);
}

/* Rounding is for reading: sums are made of what was released, and only what is shown is rounded. The
 * interval's ends go outwards, so that it covers as often as it says. A reach too wide for a number of
 * people is cut off where no count reaches. */
static void write_value(struct text *t, int64_t value, uint64_t reach, int64_t round_to)
{
	const uint64_t widest = UINT64_C(1) << 53;
	int64_t r = (int64_t)(reach > widest ? widest : reach);

	text_addf(t, ",\"value\":%lld,\"interval\":[%lld,%lld],\"state\":\"%s\"",
		(long long)multiple_below(value + round_to / 2, round_to),
		(long long)multiple_below(value - r, round_to),
		(long long)multiple_below(value + r + round_to - 1, round_to),
		cell_state_name(CELL_RELEASED));
}

static void write_sum_sites(const struct combined *all, const uint8_t *who, struct text *out)
{
	bool first = true;

	text_add(out, ",\"sites\":[");
	for (size_t p = 0; p < all->n_parts; p++)
		if (who[p / 8] >> (p % 8) & 1)
			combine_add_sites(&all->parts[p], &first, out);
	text_add(out, "]}");
}

static void write_sum(struct combined *all, const struct combine_word *word, struct text *out)
{
	struct combine_sum sum;

	combine_sum(all, *word, &sum);
	write_tuple(all, word, out);
	if (sum.n > 0)
		write_value(out, sum.value, sum.reach, word->layer == 0 ? sum.round_to : 1);
	else
		text_addf(out, ",\"state\":\"%s\"", cell_state_name(CELL_BELOW));
	write_sum_sites(all, sum.who, out);
}

void cells_write_total(struct combined *all, struct text *out)
{
	struct combine_word word = { 0 };
	size_t tuple = 0;

	if (all->n_cells == 0)
		return;
	word.cell = all->cells[0];
	do {
		if (tuple + word.layer + word.point > 0)
			text_addc(out, ',');
		write_sum(all, &word, out);
	} while (next_word(all, &tuple, &word));
}

/* value NULL: not offered. */
static void write_cell_end(struct text *t, const struct release *r, const int64_t *value,
	uint64_t layer, uint64_t reach)
{
	if (value == NULL)
		text_addf(t, ",\"state\":\"%s\"}", cell_state_name(CELL_ABSENT));
	else if (*value == CELL_SUPPRESSED)
		text_addf(t, ",\"state\":\"%s\",\"threshold\":%llu}", cell_state_name(CELL_BELOW),
			(unsigned long long)r->min_patients);
	else {
		write_value(t, *value, reach, layer == 0 ? (int64_t)r->round_to : 1);
		text_addc(t, '}');
	}
}

/* Half the interval of each word of a tuple, made once. */
static void reaches_of(const struct release *r, uint64_t out[MAX_LAYERS][MAX_POINTS])
{
	for (uint64_t l = 0; l < r->n_layers; l++)
		for (uint64_t i = 0; i < r->n_points; i++)
			out[l][i] = i > 0 && combine_draws(r, i) == combine_draws(r, i - 1)
					    ? out[l][i - 1]
					    : combine_reach(r, l, i);
}

/* In the order of the total, so that tables line up. */
void cells_write(const struct combined *all, const struct combine_part *p, struct text *out)
{
	uint64_t reaches[MAX_LAYERS][MAX_POINTS];
	struct combine_word word = { .cell = all->cells[0] };
	size_t tuple = 0;

	reaches_of(&p->release, reaches);
	do {
		int64_t value = 0;
		bool offered = combine_value(all, p, word, &value);

		if (tuple + word.layer + word.point > 0)
			text_addc(out, ',');
		write_tuple(all, &word, out);
		write_cell_end(out, &p->release, offered ? &value : NULL, word.layer,
			reaches[word.layer][word.point]);
	} while (next_word(all, &tuple, &word));
}

/* The group of a release's own tuple number `at`. */
static void write_own_group(struct text *t, const struct release *r, uint64_t at)
{
	uint64_t unit = r->n_cells / cells_words(r);

	text_add(t, "{\"group\":{");
	for (uint64_t g = 0; g < r->n_groups; g++) {
		const struct release_group *group = &r->groups[g];

		unit /= group->count;
		if (g > 0)
			text_addc(t, ',');
		text_add_json(t, group->name);
		text_addc(t, ':');
		text_add_json(t, group->labels[at / unit % group->count]);
	}
	text_addc(t, '}');
}

/* Of a site that is not in the total: as it orders them itself. */
void cells_write_own(const struct release *r, struct text *t)
{
	uint64_t reaches[MAX_LAYERS][MAX_POINTS], tuples = r->n_cells / cells_words(r);

	reaches_of(r, reaches);
	for (uint64_t i = 0; i < r->n_cells; i++) {
		uint64_t layer = i / r->n_points / tuples, point = i % r->n_points;

		if (i > 0)
			text_addc(t, ',');
		write_own_group(t, r, i / r->n_points % tuples);
		write_word(t, r, layer, point);
		write_cell_end(t, r, &r->cells[i], layer, reaches[layer][point]);
	}
}
