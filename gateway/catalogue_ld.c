/*
 * catalogue_ld.c - the open part of the catalogue for other people's catalogues: DCAT 3 and schema.org in JSON-LD 1.1.
 */
#include <string.h>

#include "base/clock.h"
#include "gateway/catalogue_write.h"
#include "query/cohort.h"

static const char context[] =
	"{\"dcat\":\"http://www.w3.org/ns/dcat#\",\"dct\":\"http://purl.org/dc/terms/\","
	"\"foaf\":\"http://xmlns.com/foaf/0.1/\",\"skos\":\"http://www.w3.org/2004/02/skos/core#\","
	"\"xsd\":\"http://www.w3.org/2001/XMLSchema#\",\"schema\":\"https://schema.org/\"}";

/* Where a data model is told of; others get a name of ours. */
static const struct {
	const char *model, *address;
} models[] = { { "omop-cdm-5.4", "https://ohdsi.github.io/CommonDataModel/cdm54.html" },
	{ "i2b2", "https://www.i2b2.org/" } };

/* [{"@language":"en","@value":..},..]; a language without words is left out. */
static void words(struct text *t, const char *key, const char *en, const char *zh)
{
	text_addf(t, ",\"%s\":[", key);
	if (en[0] != '\0') {
		text_add(t, "{\"@language\":\"en\",\"@value\":");
		text_add_json(t, en);
		text_addc(t, '}');
	}
	if (zh[0] != '\0') {
		text_addf(t, "%s{\"@language\":\"zh\",\"@value\":", en[0] != '\0' ? "," : "");
		text_add_json(t, zh);
		text_addc(t, '}');
	}
	text_addc(t, ']');
}

static void text_of(struct text *t, const char *key, const char *text)
{
	text_addf(t, ",\"%s\":", key);
	text_add_json(t, text);
}

/* What is not a letter, a digit or one of -._~ of an id becomes %XX. */
static void urn(struct text *t, const char *kind, const char *first, const char *second)
{
	const char *parts[] = { first, second };

	text_addf(t, "\"urn:x-cordon:%s", kind);
	for (int i = 0; i < 2; i++) {
		if (parts[i] == NULL)
			continue;
		text_addc(t, ':');
		for (const char *at = parts[i]; *at != '\0'; at++)
			if ((*at >= '0' && *at <= '9') || (*at >= 'A' && *at <= 'Z') ||
				(*at >= 'a' && *at <= 'z') || strchr("-._~", *at) != NULL)
				text_addc(t, *at);
			else
				text_addf(t, "%%%02X", (unsigned char)*at);
	}
	text_addc(t, '"');
}

static void publisher(struct text *t, const char *site, const char *en, const char *zh)
{
	text_add(t, ",\"dct:publisher\":{\"@type\":[\"foaf:Agent\",\"schema:Organization\"],\"@id\":");
	urn(t, "site", site, NULL);
	text_of(t, "dct:identifier", site);
	words(t, "foaf:name", en[0] == '\0' ? site : en, zh);
	text_addc(t, '}');
}

static void temporal(struct text *t, const struct offered_dataset *d)
{
	char from[16], to[16];

	if (!d->spans)
		return;
	day_text((int32_t)d->from, from);
	day_text((int32_t)d->to, to);
	text_addf(t,
		",\"dct:temporal\":{\"@type\":\"dct:PeriodOfTime\","
		"\"dcat:startDate\":{\"@type\":\"xsd:date\",\"@value\":\"%s\"},"
		"\"dcat:endDate\":{\"@type\":\"xsd:date\",\"@value\":\"%s\"}},"
		"\"schema:temporalCoverage\":\"%s/%s\"",
		from, to, from, to);
}

static void conforms(struct text *t, const struct offered_dataset *d)
{
	const char *address = NULL;

	if (d->model[0] == '\0')
		return;
	for (size_t i = 0; i < sizeof(models) / sizeof(models[0]); i++)
		if (strcmp(models[i].model, d->model) == 0)
			address = models[i].address;
	text_add(t, ",\"dct:conformsTo\":{\"@type\":\"dct:Standard\",\"@id\":");
	if (address != NULL)
		text_add_json(t, address);
	else
		urn(t, "model", d->model, NULL);
	text_of(t, "dct:title", d->model);
	text_addc(t, '}');
}

static void themes(struct text *t, const struct offered_dataset *d)
{
	text_add(t, ",\"dcat:theme\":[");
	for (uint64_t i = 0; i < d->n_events; i++) {
		const struct offered_event *e = &d->events[i];

		text_add(t, i > 0 ? ",{\"@type\":\"skos:Concept\",\"@id\":" :
				    "{\"@type\":\"skos:Concept\",\"@id\":");
		urn(t, "event", event_name((enum event_kind)e->event), NULL);
		words(t, "skos:prefLabel", e->title_en, e->title_zh);
		text_addc(t, '}');
	}
	text_addc(t, ']');
}

static void variables(struct text *t, const struct offered_dataset *d)
{
	char low[24], high[24];

	text_add(t, ",\"schema:variableMeasured\":[");
	for (uint64_t i = 0; i < d->n_measures; i++) {
		const struct offered_measure *m = &d->measures[i];

		text_add(t, i > 0 ? ",{\"@type\":\"schema:PropertyValue\"" :
				    "{\"@type\":\"schema:PropertyValue\"");
		text_of(t, "schema:propertyID", m->id);
		words(t, "schema:name", m->title_en, m->title_zh);
		text_of(t, "schema:unitText", m->unit);
		text_addf(t, ",\"schema:minValue\":%s,\"schema:maxValue\":%s}",
			format_decimal(low, sizeof(low), m->low, 9),
			format_decimal(high, sizeof(high), m->high, 9));
	}
	text_addc(t, ']');
}

static void dataset(struct text *t, const char *site, const struct offered *o,
	const struct offered_dataset *d)
{
	text_add(t, "{\"@type\":[\"dcat:Dataset\",\"schema:Dataset\"],\"@id\":");
	urn(t, "dataset", site, d->id);
	text_of(t, "dct:identifier", d->id);
	words(t, "dct:title", d->title_en, d->title_zh);
	words(t, "schema:name", d->title_en, d->title_zh);
	publisher(t, site, o->title_en, o->title_zh);
	text_of(t, "dcat:version", o->data);
	temporal(t, d);
	conforms(t, d);
	themes(t, d);
	variables(t, d);
	text_addc(t, '}');
}

static void observation(
	struct text *t, const struct coverage_row *row, const struct coverage_site *s)
{
	text_add(t, "{\"@type\":\"schema:Observation\",\"schema:observationAbout\":{\"@id\":");
	urn(t, "site", s->site, NULL);
	text_addc(t, '}');
	words(t, "schema:name", row->label.en, row->label.zh);
	text_of(t, "schema:identifier", row->id);
	text_addf(t, ",\"schema:value\":%s", s->value);
	if (s->low != NULL && s->high != NULL)
		text_addf(t, ",\"schema:minValue\":%s,\"schema:maxValue\":%s", s->low, s->high);
	text_addc(t, '}');
}

static void observations(struct text *t, const struct coverage_row *rows, size_t n)
{
	const char *between = "";

	text_add(t, ",\"@included\":[");
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < rows[i].n; k++)
			if (rows[i].sites[k].released) {
				text_add(t, between);
				observation(t, &rows[i], &rows[i].sites[k]);
				between = ",";
			}
	text_addc(t, ']');
}

void catalogue_write_ld(const char *gateway, const char *const *sites,
	const struct offered *const *of, size_t n, const struct coverage_row *rows, size_t n_rows,
	struct text *t)
{
	const char *between = "";

	text_addf(t, "{\"@context\":%s,\"@type\":[\"dcat:Catalog\",\"schema:DataCatalog\"],\"@id\":",
		context);
	urn(t, "catalogue", gateway, NULL);
	text_of(t, "dct:identifier", gateway);
	words(t, "dct:title", "What the hospitals of this federation offer", "本联邦各医院提供的数据");
	publisher(t, gateway, gateway, "");
	text_add(t, ",\"dcat:dataset\":[");
	for (size_t i = 0; i < n; i++)
		for (uint64_t d = 0; of[i] != NULL && of[i]->shown == SHOWN_OPEN && d < of[i]->n_datasets;
			d++) {
			text_add(t, between);
			dataset(t, sites[i], of[i], &of[i]->datasets[d]);
			between = ",";
		}
	text_addc(t, ']');
	observations(t, rows, n_rows);
	text_addc(t, '}');
}
