/*
 * message.h - everything that agent and gateway say to each other; one table in message.c reads and
 * writes each message.
 *
 * A frame is 4 bytes length (big endian, of what follows), 1 byte type, one msgpack map whose keys
 * come in the order of the struct's fields. What an agent can send is what these structs can hold:
 * no field takes text from a database, from libpq or from an error's log.
 *
 * Decoded text and bytes live in the arena given to message_decode().
 *
 * M1  a frame has one spelling: whatever message_decode() accepts, message_encode() writes byte for
 *     byte. The same for a release.
 * M2  both directions apply the same table of bounds (message.c), so this side never sends what
 *     the other must refuse.
 * M3  ids are id_valid(); other text is UTF-8 without control or hidden characters, so that it can be logged
 *     and printed as it is. Only a question may have several lines.
 * M4  numbers are at most INT64_MAX, which is what the stores can hold.
 */
#ifndef WIRE_MESSAGE_H
#define WIRE_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/error.h"
#include "base/limits.h"
#include "wire/pack.h"

enum {
	WIRE_MAJOR = 1,
	SIGNATURE_BYTES = 64,         /* Ed25519 */
	MAX_CERT_BYTES = 4 << 10,     /* DER of one certificate */
	MAX_RELEASE_BYTES = 256 << 10, /* a sealed release: MAX_LAYERS of MAX_CELLS words, and its labels */
	MAX_SUM_BYTES = 9 << 20, /* one message of a secure sum: a vector of 2^20 words, or a roster */
};

enum message_type {
	MSG_HELLO = 1,  /* agent -> gateway, first */
	MSG_WELCOME,    /* gateway -> agent, the answer to it */
	MSG_ASK,        /* gateway -> agent */
	MSG_CANCEL,     /* gateway -> agent */
	MSG_QUOTE,      /* gateway -> agent: what would it cost, what is left; spends nothing */
	MSG_QUOTED,     /* agent -> gateway */
	MSG_RELEASE,    /* agent -> gateway */
	MSG_REFUSE,     /* agent -> gateway */
	MSG_ACK,        /* gateway -> agent: this release or refusal is stored, forget it */
	MSG_PING,       /* both */
	MSG_PONG,       /* both */
	MSG_BYE,        /* both, last */
	MSG_OFFER,      /* agent -> gateway: would be in a secure sum, and how its words are to be read */
	MSG_SUM,        /* both: one message of the protocol of secure sums */
	MSG_CATALOGUE,  /* agent -> gateway: what the site's policy offers, after the welcome and when it changes */
	MSG_TYPES
};

struct msg_hello {
	uint64_t version;    /* WIRE_MAJOR */
	char site[MAX_ID + 1];
	char program[MAX_ID + 1]; /* "cordon-agent 0.1.0" */
	uint64_t policy_version;  /* 0: none in force */
	struct hash32 policy_hash;
	char data[MAX_ID + 1];    /* the site's name for the state of its data, "2026-03-01" */
	uint64_t ledger_seq;      /* last link of the ledger, so that the gateway notices a restored */
	struct hash32 ledger_hash; /* backup (0 and zeros: empty) */
};

struct msg_welcome {
	uint64_t version;
	char gateway[MAX_ID + 1];
	uint64_t heartbeat_ms;
};

/* A person's question as this person signed it. The agent checks the certificate against the
 * federation root and the signature over ask_signed_hash(). */
struct msg_ask {
	char id[MAX_ID + 1];
	struct view question;    /* canonical text, query/canonical.h; its SHA-256 is the identity */
	char requester[MAX_NAME + 1];
	struct view certificate; /* the requester's, DER */
	struct view signature;   /* Ed25519, 64 bytes */
	int64_t asked_ms;        /* wall clock of the requester, inside the signature */
	uint64_t deadline_ms;    /* from receipt */
};

struct msg_cancel {
	char id[MAX_ID + 1];
};

struct msg_quote {
	char id[MAX_ID + 1];
	char requester[MAX_NAME + 1];
	char study[MAX_ID + 1];
	struct view question; /* canonical; empty: only what is left */
};

enum unit { UNIT_RHO, UNIT_EPSILON }; /* amounts are in 1e-12 of it */

/* One budget a release is charged to, after the charge. */
struct account_state {
	char name[MAX_NAME + 1]; /* "study:DM-2026-01" */
	uint64_t unit;           /* enum unit */
	uint64_t cost, cap, left;
};

/* One place in which two questions differ (query/similar.h). */
enum {
	EDIT_THING_LAST = 29, /* of enum similar_thing and similar_how, which this folder does not see */
	EDIT_HOW_LAST = 2
};
struct question_edit {
	uint64_t thing, how;
	uint64_t more, less; /* members of a list; each at most MAX_CODES */
	char path[MAX_SIMILAR_PATH + 1];
};

/* An earlier question of the same study that was paid for at this site and differs little: the difference of the two
 * answers tells about few people, and costs what both cost together. Made of the two questions and the ledger alone. */
struct similar_question {
	char id[MAX_ID + 1];
	struct hash32 question;
	uint64_t n_edits; /* none: it is the same, answered under another policy or for other data */
	struct question_edit edits[SIMILAR_NEAR];
	uint64_t rho, epsilon, delta; /* of both together: 1e-12 rho; 1e-12 epsilon at delta, in 1e-18 */
};

struct msg_quoted {
	char id[MAX_ID + 1];
	bool allowed;            /* with an empty question: this requester is in this study */
	bool recalled;           /* answered before: would cost nothing */
	char rule[MAX_RULE + 1]; /* of the refusal, or "" */
	char say_en[MAX_SAY + 1], say_zh[MAX_SAY + 1];
	uint64_t n_similar;
	struct similar_question similar[MAX_SIMILAR]; /* nearest first */
	uint64_t count;
	struct account_state accounts[MAX_ACCOUNTS];
};

/* NOISE_NONE only of an offer: this site's policy lets the sum be exact; t and s are 1. */
enum noise_kind { NOISE_LAPLACE, NOISE_GAUSSIAN, NOISE_NONE };

/* One group of a release: its name and the closed list of its labels, from the policy. */
struct release_group {
	char name[MAX_NAME + 1];
	uint64_t count;
	const char **labels; /* arena */
};

enum {
	KIND_LAST = 7, /* of enum question_kind, which this folder does not see */
	CELL_WORD_BYTES = 8,
	MAX_ROUND_TO = 1000000,
	MAX_EXPLAINED = 512, /* rules that a release names */
	MAX_CONCEPTS = INT32_MAX,
	STEP_LAST = 30 /* of enum sum_step (secagg/steps.h), or TP_LINE_LAST (paillier/tp_invite.h) */
};
#define CELL_SUPPRESSED INT64_MIN /* below the site's threshold; tells nothing else */

/* Integers of one layer's noise. Laplace: scale t/s. Gaussian: variance parameter V = t, s = 1. */
struct release_noise {
	uint64_t t, s;
};

/* How many concepts of the site's vocabulary the codes of a criterion stand for; `list` counts as query/coded.h does. */
struct release_codes {
	uint64_t list, concepts;
};

/* What a site releases once and for all for one canonical question: this map, packed, is stored,
 * signed and sent again byte for byte. Cells are in row-major order of layer, groups and point (one
 * cell when there are none of them), packed as 8-byte big-endian words and padded with zero words to
 * the next power of two, at least 16, so that length tells the number of cells' class and nothing else.
 *
 *   count, histogram, crosstab  people
 *   attrition   point i: people left after i criteria, 0: all with an index date, or all people. The site
 *               draws noise for those lost at each step and adds up: point i has the noise of
 *               n_points - i draws
 *   mean        layers N people with a value; S sum of v; Q sum of v*v - floor(R*R/2), where v is a person's
 *               clamped value as a whole number from -R to R: v = round((value - mid) * R / half), mid and half
 *               of low..high, R = resolution
 *   quantile    point i: people whose clamped value is in the i-th of n_points equal parts of low..high, the
 *               upper end in the last part
 *   distinct    people known to any of several sites, once each; only of a sum
 *   survival    point 2j: people with the event in step j after the index date, 2j + 1: whose time ended in
 *               step j without it; who reaches the horizon is in the last odd point
 * Where a group has fewer people than the threshold, by its noisy number, all its words of every layer are
 * CELL_SUPPRESSED; of attrition, count, histogram and crosstab each word stands for itself. */
struct release {
	struct hash32 question;
	char site[MAX_ID + 1];
	uint64_t policy_version;
	struct hash32 policy_hash;
	char data[MAX_ID + 1];
	uint64_t kind;         /* enum question_kind (query/question.h) */
	uint64_t noise;        /* enum noise_kind */
	uint64_t n_layers;
	struct release_noise layers[MAX_LAYERS];
	uint64_t cost_prho;    /* what it cost in 1e-12 rho */
	uint64_t min_patients; /* the threshold noisy values were held against */
	uint64_t
		round_to; /* values are to be shown in multiples of it; the cells are not rounded */
	bool rows_left_out;    /* a code rule or opt-out leaves people or rows out */
	bool bounded; /* some people may have had more than they were counted for (cells_a_person) */
	uint64_t n_groups;
	struct release_group groups[MAX_GROUPS];
	uint64_t n_points;     /* 1 unless the kind has several */
	int64_t low, high;     /* mean, quantile: the measure's clamp, 1e-9 units; else 0 */
	uint64_t resolution;   /* mean: R; distinct: buckets of people; else 0 */
	uint64_t step;         /* survival: of one step; else 0 */
	bool step_months;      /* in months; else days */
	/* Why the answer is as it is; of the policy and the vocabulary alone, nothing here depends on any patient. */
	uint64_t n_rules;
	const char **rules; /* rules of the policy that shaped it: "code:hiv", "tighter:study:DM-2026-01"; arena */
	uint64_t n_codes;
	struct release_codes codes[MAX_CRITERIA]; /* none where the vocabulary could not be asked */
	uint64_t n_similar;
	struct similar_question similar[MAX_SIMILAR]; /* of those paid before this one was, nearest first */
	bool summed; /* the words come by a secure sum: there are none here, and `layers` is the noise that the SUM
		      * must have at least, by this site's policy */
	struct hash32 secret;  /* summed, distinct: site_secret_tag() of what the hospitals share; else zeros */
	uint64_t n_cells;      /* product of layers, groups' counts and points; not on the wire, derived */
	int64_t *cells;        /* noisy values, may be negative, or CELL_SUPPRESSED; NULL when summed */
};

struct msg_release {
	char id[MAX_ID + 1];
	bool recalled;
	struct view sealed;    /* struct release, packed */
	struct view signature; /* Ed25519 by the site over release_signed_hash() */
	uint64_t count;
	struct account_state accounts[MAX_ACCOUNTS]; /* cost 0 when recalled */
};

/* What a site would put into a secure sum. Nothing is paid yet and the database was not asked; the site pays when
 * the sum's roster is dealt, or never. */
struct msg_offer {
	char id[MAX_ID + 1];
	struct view sealed;    /* struct release, packed, summed */
	struct view signature; /* Ed25519 by the site over offer_signed_hash() */
	uint64_t count;
	struct account_state accounts[MAX_ACCOUNTS]; /* what it would cost, and what would be left */
	uint64_t accepts;      /* ACCEPT_..: the protocols by which this site sums, at least one */
	struct hash32 key;     /* of threshold Paillier, for ACCEPT_TP1; else zeros */
};
enum {
	ACCEPT_SA1 = 1,
	ACCEPT_TP1 = 2
};

/* One message of the protocol of secure sums (secagg/steps.h) for the question `id`. */
struct msg_sum {
	char id[MAX_ID + 1];
	uint64_t step; /* enum sum_step, which this folder does not see */
	struct view body;
};

/* What a site offers (wire/offered.h). Made of its signed policy alone. */
struct msg_catalogue {
	struct view offered; /* struct offered, packed */
};

enum refuse_state { REFUSE_RULE, REFUSE_FAILED, REFUSE_TIMED_OUT, REFUSE_CANCELLED };

struct msg_refuse {
	char id[MAX_ID + 1];
	uint64_t state;          /* enum refuse_state */
	char rule[MAX_RULE + 1]; /* "study:DM-2026-01.may_use", or "" */
	char say_en[MAX_SAY + 1], say_zh[MAX_SAY + 1];
};

struct msg_ack {
	char id[MAX_ID + 1];
};
struct msg_ping {
	uint64_t n;
};
enum bye_reason { BYE_STOPPING, BYE_REPLACED, BYE_VERSION, BYE_SITE, BYE_LEDGER, BYE_PROTOCOL };
struct msg_bye {
	uint64_t reason;
};

struct message {
	enum message_type type;
	union {
		struct msg_hello hello;
		struct msg_welcome welcome;
		struct msg_ask ask;
		struct msg_cancel cancel;
		struct msg_quote quote;
		struct msg_quoted quoted;
		struct msg_release release;
		struct msg_refuse refuse;
		struct msg_ack ack;
		struct msg_ping ping; /* MSG_PING and MSG_PONG */
		struct msg_bye bye;
		struct msg_offer offer;
		struct msg_sum sum;
		struct msg_catalogue catalogue;
	};
};

/* Appends one whole frame (length, type, map) to w. Fails, taking back what it appended: E_LIMIT
 * over MAX_FRAME_BYTES or w's bound; E_INPUT a field outside its bounds; the log names it. */
CHECKED int message_encode(const struct message *m, struct writer *w, struct error *err);
/* Reads one frame's body (without its 4 length bytes). Fails: E_INPUT, the log names the field;
 * *out is then unusable. */
CHECKED int message_decode(
	const void *body, size_t len, struct arena *a, struct message *out, struct error *err);

/* The packed map alone. Same failures. decode derives n_cells and refuses padding that is not zero
 * or not of exactly the size class. */
CHECKED int release_encode(const struct release *r, struct writer *w, struct error *err);
CHECKED int release_decode(
	const void *bytes, size_t len, struct arena *a, struct release *out, struct error *err);

/* What is signed: a fixed label, then the parts with their lengths, hashed (sha256_parts). */
struct hash32 release_signed_hash(struct view sealed);
struct hash32 offer_signed_hash(struct view sealed); /* an offer is never taken for a release */
/* How the words are to be read: kind, layers, points, scale, groups and labels in their order. Words of sites with one
 * layout can be added place by place. */
struct hash32 release_layout_hash(const struct release *r);
struct hash32 ask_signed_hash(
	const struct hash32 *question, const char *requester, int64_t asked_ms);

const char *message_name(enum message_type type); /* "hello"; for logs */

#endif
