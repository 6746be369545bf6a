/*
 * test_api_attacks.c - the whole table of routes against whoever should not get through: pages of other sites, other
 * accounts, other roles, tokens made for less, hospitals that lie, and people who have left.
 */
#include "base/limits.h"
#include "gateway/api.h"
#include "tests/unit/known.h"

#define WANG_IS "wang@uni.example"
#define SECRET  "zirconium"
#define SECRET_Q                                                                                   \
	"{\"study\":\"DM-2026-01\",\"kind\":\"count\",\"dataset\":\"omop\",\"sites\":[\"renmin\"]," \
	"\"cohort\":{\"all\":[{\"condition\":[\"icd10:" SECRET "\"]}]}}"

static const char *const methods[] = { "GET", "POST", "DELETE" };

/* As say(), on the line that is open. */
static int say_on(const char *method, const char *path, const char *token, const char *body)
{
	if (http.bev == NULL || http.closed)
		return say(method, path, token, body);
	json_decref(http.json);
	text_clear(&http.in);
	text_init(&http.in, 64 << 20);
	http.json = NULL;
	http.whole = 0;
	http_send(&http, method, path, token, body);
	ck_assert_msg(turn(&http.whole, 60000), "%s %s: no reply", method, path);
	return http.status;
}

/* The route's path with `id` where it has one. */
static const char *path_with(const struct api_route *r, const char *id)
{
	static char path[300];
	const char *star = strchr(r->path, '*');

	if (star == NULL)
		snprintf(path, sizeof(path), "%s", r->path);
	else
		snprintf(path, sizeof(path), "%.*s%s%s", (int)(star - r->path), r->path, id, star + 1);
	return path;
}

static const char *body_for(const struct api_route *r)
{
	return r->method == CALL_POST ? "{}" : NULL;
}

static void kept(const char *path, const char *token, const char *body, char *id, size_t size)
{
	ck_assert_msg(say("POST", path, token, body) == 201, "%s", http.body);
	snprintf(id, size, "%s", of(http.json, "id"));
}

/* ---- with a cookie ---- */

static char visit[200], csrf[80];

static void sign_in_as(const char *token)
{
	char body[200];
	const char *at;

	snprintf(body, sizeof(body), "{\"token\":\"%s\"}", token);
	ck_assert_int_eq(say("POST", "/v1/session", NULL, body), 200);
	snprintf(csrf, sizeof(csrf), "%s", of(http.json, "csrf"));
	at = strstr(text_str(&http.in), "Set-Cookie: ");
	ck_assert_ptr_nonnull(at);
	snprintf(visit, sizeof(visit), "%.*s", (int)strcspn(at + 12, ";\r"), at + 12);
}

static void headers(const char *word, const char *more)
{
	snprintf(more_headers, sizeof(more_headers), "Cookie: %s\r\n%s%s%s%s", visit,
		word == NULL ? "" : "X-Cordon-CSRF: ", word == NULL ? "" : word,
		word == NULL ? "" : "\r\n", more);
}

START_TEST(no_route_is_carried_out_for_another_sites_page)
{
	static const char *const from[] = { "Origin: https://evil.example\r\n", "Origin: null\r\n",
		"Sec-Fetch-Site: cross-site\r\n", "Sec-Fetch-Site: same-site\r\n" };
	struct api_route r;
	size_t tried = 0;

	gateway_begin("renmin");
	sign_in_as(LI);
	for (size_t i = 0; api_route(i, &r); i++) {
		if (r.method == CALL_GET)
			continue;
		if (r.action == API_PUBLIC) {
			ck_assert_str_eq(r.path, "/v1/session");
			continue;
		}
		for (int k = -2; k < 4; k++) {
			headers(k == -2 ? NULL : k == -1 ? "00" : csrf, k < 0 ? "" : from[k]);
			ck_assert_int_eq(
				say_on(methods[r.method], path_with(&r, "x-1"), NULL, body_for(&r)), 403);
			ck_assert_msg(strstr(http.body, "portal's page") != NULL, "%s %s: %s",
				methods[r.method], r.path, http.body);
			tried++;
		}
	}
	ck_assert_uint_ge(tried, 6 * 11);
	/* and what they would have ended is there */
	headers(NULL, "");
	ck_assert_int_eq(say("GET", "/v1/me", NULL, NULL), 200);
	more_headers[0] = '\0';
	ck_assert_int_eq(audited("person.signed-out"), 0);
	gateway_end();
}
END_TEST

START_TEST(a_session_is_a_new_one_each_time_and_its_cookie_is_the_browsers_alone)
{
	static const char *const must[] = { "__Host-cordon=", "; Path=/", "; Secure", "; HttpOnly",
		"; SameSite=Lax" };
	char first[200], line[400];
	const char *at;

	gateway_begin("renmin");
	/* one that somebody put there before is not taken over */
	snprintf(more_headers, sizeof(more_headers), "Cookie: __Host-cordon=%064d\r\n", 7);
	sign_in_as(LI);
	ck_assert_ptr_null(strstr(visit, "0000007"));
	at = strstr(text_str(&http.in), "Set-Cookie: ");
	snprintf(line, sizeof(line), "%.*s", (int)strcspn(at, "\r"), at);
	for (size_t i = 0; i < sizeof(must) / sizeof(must[0]); i++)
		ck_assert_msg(strstr(line, must[i]) != NULL, "%s: %s", must[i], line);
	ck_assert_ptr_null(strcasestr(line, "domain"));
	ck_assert_int_eq(say("GET", "/v1/me", NULL, NULL), 401);
	snprintf(first, sizeof(first), "%s", visit);
	/* who signs in again in this browser leaves the session before */
	headers(NULL, "");
	sign_in_as(WANG);
	snprintf(more_headers, sizeof(more_headers), "Cookie: %s\r\n", first);
	ck_assert_int_eq(say("GET", "/v1/me", NULL, NULL), 401);
	headers(NULL, "");
	ck_assert_int_eq(say("GET", "/v1/me", NULL, NULL), 200);
	IS("account", WANG_IS);
	more_headers[0] = '\0';
	gateway_end();
}
END_TEST

/* Begins to watch in http2, with what more_headers say or the token. */
static void watch(const char *token)
{
	http_dial(&http2);
	http_send(&http2, "GET", path_of(asked_id, "/events"), token, NULL);
	turn(NULL, 100);
	ck_assert_ptr_nonnull(strstr(text_str(&http2.in), "event: answer"));
	ck_assert_int_eq(http2.whole, 0);
}

START_TEST(who_signed_out_hears_no_more_of_an_answer)
{
	struct fake *f;

	gateway_begin("renmin");
	f = fake_up("renmin");
	f->does = FAKE_IS_SILENT;
	li_asks(ANY_Q, 0);
	sign_in_as(LI);
	headers(csrf, "");
	watch(NULL);
	ck_assert_int_eq(say("DELETE", "/v1/session", NULL, NULL), 204);
	ck_assert_msg(turn(&http2.whole, 3000), "the stream goes on");
	/* another session of the same person goes on */
	more_headers[0] = '\0';
	sign_in_as(LI);
	headers(csrf, "");
	watch(NULL);
	sign_in_as(LI); /* which ended it: it came with its cookie; without a sign-out nothing looks until something is sent */
	fake_release(f, asked_id);
	ck_assert(turn(&http2.whole, 3000));
	ck_assert_ptr_null(strstr(text_str(&http2.in), "417"));
	more_headers[0] = '\0';
	gateway_end();
}
END_TEST

START_TEST(who_has_a_token_that_ended_hears_no_more_either)
{
	char token[100], id[80], path[120];
	struct fake *f;

	gateway_begin("renmin");
	f = fake_up("renmin");
	f->does = FAKE_IS_SILENT;
	li_asks(ANY_Q, 0);
	kept("/v1/tokens", LI, "{\"name\":\"R\",\"scopes\":[\"read\"],\"days\":1}", id, sizeof(id));
	snprintf(token, sizeof(token), "%s", of(http.json, "token"));
	watch(token);
	snprintf(path, sizeof(path), "/v1/tokens/%s", id);
	ck_assert_int_eq(say("DELETE", path, LI, NULL), 204);
	ck_assert_msg(turn(&http2.whole, 3000), "the stream goes on");
	/* that of the list goes on to the end */
	watch(LI);
	fake_release(f, asked_id);
	ck_assert(turn(&http2.whole, 30000));
	ck_assert_ptr_nonnull(strstr(text_str(&http2.in), "\"state\":\"complete\""));
	gateway_end();
}
END_TEST

START_TEST(a_wait_for_an_answer_ends_without_it_when_the_token_does)
{
	char token[100], id[80], path[120];
	struct fake *f;

	gateway_begin("renmin");
	f = fake_up("renmin");
	f->does = FAKE_IS_SILENT;
	kept("/v1/tokens", LI, "{\"name\":\"A\",\"scopes\":[\"ask\"],\"days\":1}", id, sizeof(id));
	snprintf(token, sizeof(token), "%s", of(http.json, "token"));
	http_dial(&http2);
	snprintf(more_headers, sizeof(more_headers), "Prefer: wait=60\r\n");
	http_send(&http2, "POST", "/v1/questions", token, signed_by("li", LI_IS, ANY_Q, 0));
	more_headers[0] = '\0';
	ck_assert(turn(&f->asked, 30000));
	snprintf(path, sizeof(path), "/v1/tokens/%s", id);
	ck_assert_int_eq(say("DELETE", path, LI, NULL), 204);
	fake_release(f, f->last_id);
	ck_assert(turn(&http2.whole, 30000));
	ck_assert_int_eq(http2.status, 401);
	ck_assert_ptr_null(strstr(text_str(&http2.in), "417"));
	gateway_end();
}
END_TEST

/* ---- other accounts ---- */

static char cohort_id[80], token_id[80];

/* Something of li's behind every kind of id. */
static void li_has_everything(void)
{
	fake_up("renmin");
	li_asks(SECRET_Q, 0);
	kept("/v1/cohorts", LI, "{\"name\":\"" SECRET "\",\"question\":" SECRET_Q "}", cohort_id,
		sizeof(cohort_id));
	kept("/v1/tokens", LI, "{\"name\":\"" SECRET "\",\"scopes\":[\"read\"],\"days\":1}", token_id,
		sizeof(token_id));
	ck_assert_int_eq(say("POST", "/v1/studies", LI,
				 "{\"id\":\"" SECRET "\",\"title\":\"" SECRET "\",\"members\":[{\"account\":\"" LI_IS
				 "\",\"role\":\"analyst\"}],\"kinds\":[\"count\"],\"datasets\":[\"omop\"],\"may_use\":[\"a.b.c\"],"
				 "\"valid\":{\"from\":\"2026-01-01\",\"to\":\"2026-12-31\"},\"note\":\"" SECRET "\"}"),
		201);
}

/* Li's id for the route; NULL: the same for everybody. */
static const char *id_for(const char *path)
{
	const struct {
		const char *prefix, *id;
	} ids[] = { { "/v1/questions/*", asked_id }, { "/v1/cohorts/*", cohort_id },
		{ "/v1/tokens/*", token_id }, { "/v1/studies/*", SECRET }, { "/v1/sites/*", NULL },
		{ "/v1/concepts/*", NULL } };

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		if (strncmp(path, ids[i].prefix, strlen(ids[i].prefix)) == 0)
			return ids[i].id;
	ck_abort_msg("%s: whose are its ids? say it here", path);
	return NULL;
}

START_TEST(no_id_of_anothers_is_told_from_one_that_is_not_there)
{
	char none[4000];
	struct api_route r;
	size_t tried = 0;

	gateway_begin("renmin,xiehe");
	li_has_everything();
	for (size_t i = 0; api_route(i, &r); i++) {
		const char *id = strchr(r.path, '*') == NULL ? NULL : id_for(r.path);
		int status;

		if (id == NULL)
			continue;
		status = say_on(methods[r.method], path_with(&r, "x-1"), WANG, NULL);
		snprintf(none, sizeof(none), "%s", http.body);
		ck_assert_int_eq(say_on(methods[r.method], path_with(&r, id), WANG, NULL), status);
		ck_assert_msg(status == 404, "%s %s: %d", methods[r.method], r.path, status);
		ck_assert_str_eq(http.body, none);
		/* an operator and an officer, where the role may at all, are told no more of a person's own things */
		if (strncmp(r.path, "/v1/studies", 11) != 0)
			ck_assert_int_ne(
				say_on(methods[r.method], path_with(&r, id), OPERA, NULL) / 100, 2);
		tried++;
	}
	ck_assert_uint_ge(tried, 11);
	/* and they are all there still */
	ck_assert_int_eq(say("GET", path_of(asked_id, ""), LI, NULL), 200);
	ck_assert_int_eq(audited("token.ended") + audited("study.withdrawn"), 0);
	gateway_end();
}
END_TEST

START_TEST(nothing_a_researcher_can_get_has_a_word_of_anothers)
{
	struct api_route r;

	gateway_begin("renmin,xiehe");
	li_has_everything();
	wait_for_end(asked_id, 30000);
	for (size_t i = 0; api_route(i, &r); i++) {
		if (r.method != CALL_GET || strchr(r.path, '*') != NULL)
			continue;
		say_on("GET", path_with(&r, ""), WANG, NULL);
		ck_assert_msg(strstr(http.body, SECRET) == NULL && strstr(http.body, LI_IS) == NULL &&
				      strstr(http.body, asked_id) == NULL,
			"%s: %s", r.path, http.body);
	}
	/* nor with a page that begins where another's thing stands */
	ck_assert_int_eq(say("GET", "/v1/studies?before=" SECRET, WANG, NULL), 400);
	ck_assert_ptr_null(strstr(http.body, "valid"));
	gateway_end();
}
END_TEST

START_TEST(a_hospital_lets_nobody_see_what_was_asked_of_others)
{
	struct offered_study before = known_studies[0];

	gateway_begin("renmin,xiehe");
	li_has_everything();
	wait_for_end(asked_id, 30000);
	/* xiehe writes wang into li's study; the question went to renmin alone */
	known_studies[0].requesters = known_both;
	known_studies[0].n_requesters = 2;
	known_at(fake_up("xiehe"));
	known_studies[0] = before;
	ck_assert_int_eq(say("GET", "/v1/transparency", WANG, NULL), 200);
	IS("questions", "[]");
	/* of one that it was asked itself, it may */
	li_asks(ANY_Q, 0);
	ck_assert_int_eq(say("GET", "/v1/transparency", WANG, NULL), 200);
	IS("questions.0.study", "DM-2026-01");
	IS("questions.1", "");
	gateway_end();
}
END_TEST

START_TEST(a_hospital_offers_no_day_that_a_page_cannot_show)
{
	static const struct {
		int64_t from, to;
		bool good;
	} days[] = { { -719162, 2932896, true }, { -719163, 0, false }, { 0, 2932897, false } };
	char first[16], last[16];

	for (size_t i = 0; i < sizeof(days) / sizeof(days[0]); i++) {
		struct offered_study study = known_studies[0];
		const struct offered o = { .data = "d", .title_en = "x", .title_zh = "x", .n_studies = 1,
			.studies = &study };
		struct writer w;

		study.from = days[i].from;
		study.to = days[i].to;
		OK(writer_init(&w, MAX_CATALOGUE_BYTES, &err));
		ck_assert_int_eq(offered_encode(&o, &w, &err) == 0, days[i].good);
		writer_clear(&w);
	}
	ck_assert_str_eq(day_text(-719162, first), "0001-01-01");
	ck_assert_str_eq(day_text(2932896, last), "9999-12-31");
}
END_TEST

/* ---- roles and scopes ---- */

START_TEST(every_route_wants_the_role_and_the_scope)
{
	static const struct {
		const char *token;
		enum role role;
	} people[] = { { LI, ROLE_RESEARCHER }, { OFFICER, ROLE_OFFICER }, { OPERA, ROLE_OPERATOR },
		{ AUDIT, ROLE_AUDITOR } };
	char token[100], body[200];
	struct api_route r;

	gateway_begin("renmin");
	for (size_t p = 0; p < 4; p++)
		for (int s = -1; s < SCOPES; s++) {
			unsigned scopes = s < 0 ? SCOPES_WHOLE : 1U << s;

			if (s >= 0 && (role_scopes(people[p].role) & scopes) == 0)
				continue;
			snprintf(token, sizeof(token), "%s", people[p].token);
			if (s >= 0) {
				snprintf(body, sizeof(body),
					"{\"name\":\"a\",\"scopes\":[\"%s\"],\"days\":1}", scope_words[s]);
				ck_assert_int_eq(say_on("POST", "/v1/tokens", people[p].token, body), 201);
				snprintf(token, sizeof(token), "%s", of(http.json, "token"));
			}
			for (size_t i = 0; api_route(i, &r); i++) {
				bool may = r.action == API_PUBLIC ||
					   (role_may(people[p].role, (enum action)r.action) &&
						   scopes_may(scopes, (enum action)r.action));
				int status = say_on(methods[r.method], path_with(&r, "x-1"), token, body_for(&r));

				/* whatever the table says: who may look changes nothing */
				may = may && (s != SCOPE_READ || r.method == CALL_GET ||
						     r.action == MAY_SIGN_OUT || r.action == API_PUBLIC);
				ck_assert_msg((status != 403) == may, "%s %s as %s %s: %d", methods[r.method],
					r.path, role_name(people[p].role), s < 0 ? "" : scope_words[s], status);
			}
		}
	gateway_end();
}
END_TEST

START_TEST(what_the_record_and_the_metrics_say_has_no_number_of_an_answer)
{
	static const char *const paths[] = { "/v1/audit", "/metrics", "/v1/sites", "/v1/transparency",
		"/v1/sign-ins" };

	gateway_begin("renmin");
	fake_up("renmin")->value = 31337;
	li_asks(ANY_Q, 0);
	wait_for_end(asked_id, 30000);
	ck_assert_ptr_nonnull(strstr(http.body, "31337"));
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		ck_assert_int_eq(say("GET", paths[i], AUDIT, NULL), 200);
		ck_assert_msg(strstr(http.body, "31337") == NULL, "%s", paths[i]);
	}
	gateway_end();
}
END_TEST

UNIT_MAIN("api_attacks", no_route_is_carried_out_for_another_sites_page,
	a_session_is_a_new_one_each_time_and_its_cookie_is_the_browsers_alone,
	who_signed_out_hears_no_more_of_an_answer, who_has_a_token_that_ended_hears_no_more_either,
	a_wait_for_an_answer_ends_without_it_when_the_token_does,
	no_id_of_anothers_is_told_from_one_that_is_not_there,
	nothing_a_researcher_can_get_has_a_word_of_anothers,
	a_hospital_lets_nobody_see_what_was_asked_of_others,
	a_hospital_offers_no_day_that_a_page_cannot_show, every_route_wants_the_role_and_the_scope,
	what_the_record_and_the_metrics_say_has_no_number_of_an_answer)
