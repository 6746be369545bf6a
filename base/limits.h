/*
 * limits.h - every bound of the system, in one place.
 * A bound that is met is an E_LIMIT error with a sentence, never a truncation.
 */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

enum {
	/* names: ids of sites, studies, people, columns; in bytes, without the ending zero */
	MAX_ID = 63,
	MAX_NAME = 255,  /* a qualified column schema.table.column, an account name */
	MAX_SAY = 1000,  /* one sentence for people, in bytes */
	MAX_RULE = 255,  /* a rule id such as column:cdm.person.birth_datetime */

	/* text files and questions */
	MAX_FILE_BYTES = 1 << 20,
	MAX_QUESTION_BYTES = 256 << 10,
	MAX_DEPTH = 10,        /* nesting of one YAML file of an officer or operator */
	MAX_QUESTION_DEPTH = 32, /* nesting of the YAML or JSON of a question */
	MAX_FOLDER_BYTES = 64 << 20, /* all files of one policy folder together */
	MAX_COHORT_SQL_BYTES = 8 << 10, /* an officer's SQL file */
	MAX_COHORT_CHECKS = 512, /* officers' cohorts of one folder times its datasets */
	MAX_DIAGS = 200,       /* errors collected of one folder before reading stops */

	/* questions */
	MAX_CRITERIA = 500, /* parts of one cohort expression, all depths together */
	MAX_CODES = 10000,  /* concept codes in one question */
	MAX_GROUPS = 3,
	MAX_CELLS = 4096,   /* cells of one layer of a release */
	MAX_LAYERS = 3,     /* numbers a cell: of a mean people, sum and sum of squares */
	MAX_POINTS = 128,   /* cells of one group: bins, times, steps */
	MAX_STEPS = 60,     /* of a survival, two points each */
	MAX_QUANTILES = 20, /* one question may ask for */
	MAX_WINDOW_DAYS = 36600, /* a window's edge, `lasting`, `observed`: a hundred years */
	MAX_TIMES = 1000,   /* `times`, `at_least .. of` */
	MIN_YEAR = 1800, /* of a day in a question */
	MAX_YEAR = 2199,
	MAX_WITHS = 3,      /* events inside the `with` of another, one in the other: a person's rows are paired that often */
	MAX_SETS = 200,     /* named sets of codes in one question */
	MAX_CONVERT_BYTES = 8 << 20, /* a cohort definition of another system */
	MAX_LABELS = 400,   /* labels of one group: bands, categories, months */
	MAX_PARAMS = 8,     /* parameters of an officer's cohort */
	MAX_FILTERS = 6,    /* columns one question may filter */
	MAX_FILTER_VALUES = 100, /* values of one of them */
	MAX_SITES = 4096,   /* sites named in one question */
	MAX_SET_CONCEPTS = 200000, /* concepts that one question's codes are found to stand for before it runs */
	MAX_RED_CODES = 250000, /* concepts one site's code rules expand to */

	/* how alike two questions are (query/similar.h) */
	SIMILAR_MOST = 8,        /* edits apart; what is further is far */
	SIMILAR_NEAR = 3,        /* edits up to which it is told */
	SIMILAR_EARLIER = 5000,  /* of the last paid questions a new one is held against, by their marks */
	SIMILAR_READ = 32,       /* of those, read and compared */
	SIMILAR_REVIEWED = 500,  /* of the last answered questions an officer's review holds against each other */
	MAX_SIMILAR_RULE = 30,   /* that a policy may allow; below SIMILAR_READ */
	MAX_SIMILAR = 3,         /* told in one answer or price */
	MAX_SIMILAR_PATH = 511,

	/* people and their signing in */
	MAX_PEOPLE = 10000,      /* in gateway.yaml */
	MAX_GUESTS = 10000,      /* of the provider's people, known at once */
	MAX_GROUPS_MAPPED = 200, /* groups of the provider that stand for roles */
	MAX_VISITS = 20000,      /* signed in at once, in all */
	MAX_VISITS_EACH = 20,    /* of one account: the oldest ends */
	MAX_TOKENS_EACH = 50,    /* API tokens of one account */
	MAX_TOKEN_DAYS = 365,
	MAX_TOKEN_BYTES = 8 << 10, /* a JWT; less than the headers of a request */
	MAX_SIGN_INS = 50,       /* told at once */
	MAX_RETURN_TO = 2000,    /* the page to go to after signing in, in bytes */
	MAX_SIGNING_IN = 64,     /* who wait for the provider at once */
	MAX_PROVIDER_BYTES = 256 << 10, /* one reply of the provider */
	MAX_PROVIDER_KEYS = 32,

	/* what the gateway keeps for people */
	MAX_KEPT = 500,              /* questions one account keeps */
	MAX_KEPT_BYTES = 4 << 20,    /* of them together */
	MAX_STUDIES_PERSON = 100,    /* studies one account has proposed */
	MAX_STUDIES_NAMED = 20,      /* of them that name one other account, who sees them */
	MAX_STUDIES_BYTES = 4 << 20, /* of all of them */
	MAX_STUDIES_PAGE_BYTES = 1 << 20, /* of one page, but for its first study */
	MAX_STUDY_MEMBERS = 100,
	MAX_STUDY_NAMES = 1000,      /* datasets, purposes or columns of one proposal */
	MAX_NOTE = 4000,             /* to the officers, in bytes */
	SHOWN_SCAN = 5000,           /* questions looked at for one page of what was asked */
	SHOWN_BYTES = 256 << 10,     /* of canonical text told in one page, but for the first question's */
	SHOWN_LEGS = 20000,          /* sites of one page, but for the first question's */
	AUDIT_STEP = 5000,           /* records of the chain checked again by one look at it */

	/* wire */
	MAX_FRAME_BYTES = 16 << 20,
	MAX_HELLO_BYTES = 4 << 10, /* before the peer has said who it is */
	MAX_ACCOUNTS = 16,   /* budgets one release is charged to */
	MAX_CATALOGUE_BYTES = 1 << 20, /* what one site says it offers */
	MAX_CATALOGUE_ARENA = 4 << 20, /* of it, as structs */
	MAX_OFFERED_DATASETS = 100,
	MAX_OFFERED_GROUPS = 400,
	MAX_OFFERED_MEASURES = 2000,
	MAX_OFFERED_CUTS = 1000,    /* of one measure */
	MAX_OFFERED_USES = 64,      /* code systems or keys of one event */
	MAX_OFFERED_COHORTS = 500,  /* of one study */
	MAX_OFFERED_STUDIES = 2000,
	MAX_OFFERED_REQUESTERS = 2000, /* of one study */
	CATALOGUES_A_MINUTE = 20,   /* one site may send; more ends its line */

	/* secure sums (secagg) */
	MAX_SUM_SITES = 1000,       /* in one roster: the complete graph */
	MAX_SUM_GATEWAYS = 16,      /* in one list of members */
	MAX_TP_CIPHERTEXTS = 100000, /* of all sites of one sum by threshold Paillier: 77 MB */
	MAX_SUM_OFFICERS = 16,      /* who may sign a list of members */
	MAX_SUM_WORDS = 1 << 20,    /* of one vector: 8 MiB, in one frame */
	MAX_DISTINCT_PEOPLE = 1 << 22, /* of one site in a count of distinct people: 64 MiB */
	MIN_SUM_SITES = 3,          /* in any sum, whatever a policy says */
	MAX_SUM_PEOPLE = 1 << 30,   /* in a cell of one site; more count as so many */
	MAX_SUM_LIFE_S = 3600,      /* of one question, all steps together */
	MAX_RECORD_BYTES = 128 << 20, /* of a sum, with all masked words */
	MAX_SUM_LAYOUT_BYTES = 16 << 20, /* of anything hashed or sent, besides vectors */

	/* a site's database */
	MAX_CATALOG_ROWS = 400000, /* of one snapshot: relations, columns, rights */

	/* arenas */
	MAX_QUERY_ARENA = 8 << 20,
	MAX_FRAME_ARENA = 32 << 20,
	MAX_POLICY_ARENA = 64 << 20,
	MAX_CATALOG_ARENA = 256 << 20,

	/* times */
	HEARTBEAT_MS = 10000, /* gateway and agent ping each other; three missed end the line */
	BACKOFF_MIN_MS = 200,
	BACKOFF_MAX_MS = 30000,
	HANDSHAKE_MS = 10000,
	DEADLINE_MAX_MS = 600000,
	DEADLINE_DEFAULT_MS = 60000,
};

#endif
