#include "policies/shapes.h"

#include "base/limits.h"
#include "policies/shape_fields.h"

static const struct shape any = { .kind = SHAPE_ANY };
static const struct shape text = { .kind = SHAPE_TEXT };
static const struct shape title = { .kind = SHAPE_TITLE };
static const struct shape id = { .kind = SHAPE_ID };
static const struct shape name = { .kind = SHAPE_NAME };
static const struct shape integer = { .kind = SHAPE_INT };
static const struct shape positive = { .kind = SHAPE_INT, .low = 1, .high = 1000000000 };
static const struct shape decimal = { .kind = SHAPE_DECIMAL };
static const struct shape day = { .kind = SHAPE_DAY };
static const struct shape span = { .kind = SHAPE_SPAN };
static const struct shape texts = { .kind = SHAPE_LIST, .of = &text };
static const struct shape ids = { .kind = SHAPE_LIST, .of = &id };
static const struct shape integers = { .kind = SHAPE_LIST, .of = &integer };
static const struct shape decimals = { .kind = SHAPE_LIST, .of = &decimal };
static const struct shape lists_of_integers = { .kind = SHAPE_MAP_OF, .of = &integers };
static const struct shape lists_of_texts = { .kind = SHAPE_MAP_OF, .of = &texts };
static const struct shape map_of_texts = { .kind = SHAPE_MAP_OF, .of = &text };
static const struct shape use = {
	.kind = SHAPE_WORDS, .words = words_use, .meanings = words_use_meanings
};
static const struct shape category = { .kind = SHAPE_WORD, .words = words_category };
static const struct shape truncate_word = {
	.kind = SHAPE_WORD, .words = words_truncate, .meanings = words_truncate_meanings
};
static const struct shape from_word = {
	.kind = SHAPE_WORD, .words = words_from, .meanings = words_from_meanings
};
static const struct shape confirmed_word = {
	.kind = SHAPE_WORD, .words = words_confirmed, .meanings = words_confirmed_meanings
};
static const struct shape edge = { .kind = SHAPE_INT, .low = 0, .high = 150 };

/* policy.yaml */
static const struct shape catalogue_word = {
	.kind = SHAPE_WORD, .words = words_catalogue, .meanings = words_catalogue_meanings
};
static const struct shape format_number = { .kind = SHAPE_INT, .low = 1, .high = 1 };
static const struct field policy_fields[] = {
	REQ("cordon", format_number, "number of this file format: 1", "文件格式编号：1"),
	REQ("site", id, "the site's name, the same as in the agent's configuration",
		"机构标识，须与代理配置一致"),
	REQ("title", title, "title of the policy", "策略名称"),
	REQ("version", positive, "goes up with every approval, never back",
		"版本号，每次批准递增，不得回退"),
	REQ("valid", span, "first..last day; outside these days everything is refused",
		"有效期，首日..末日；期外一律拒绝"),
	REQ("country", text, "the site's country, two capital letters: CN, DE, US",
		"所在国家，两位大写字母：CN、DE、US"),
	REQ("extends", texts,
		"shipped presets, as presets/strict; each adds ceilings, the strictest wins",
		"引用随程序提供的预设，如 presets/strict；各自增加上限，取最严者"),
	OPT("models", map_of_texts,
		"dataset: the model that says what its tables mean, as omop: omop-cdm-5.4, or a "
		"file of "
		"this folder, as his: models/his.yaml; grants nothing",
		"数据集: 说明各表含义的数据模型，如 omop: omop-cdm-5.4，或本目录中的文件，如 his: "
		"models/his.yaml；不授予任何权限"),
	OPT("catalogue", catalogue_word,
		"what the gateway's catalogue shows of this policy: open, studies or none",
		"网关目录展示本策略的范围：open、studies 或 none"),
	END
};
const struct shape shape_policy = { .kind = SHAPE_MAP, .fields = policy_fields };

/* red-list.yaml */
static const struct shape bands = { .kind = SHAPE_LIST, .of = &integer };
static const struct shape as_word = {
	.kind = SHAPE_WORD, .words = words_as, .meanings = words_as_meanings
};
static const struct shape system_word = {
	.kind = SHAPE_WORD, .words = words_codes, .meanings = words_codes_meanings
};
static const struct shape geo_word = {
	.kind = SHAPE_WORD, .words = words_geo, .meanings = words_geo_meanings
};
static const struct shape geo_keep = { .kind = SHAPE_INT, .low = 1, .high = 6 };
static const struct field geo_fields[] = { REQ("system", geo_word, "gb2260, zip or nuts",
						   "gb2260、zip 或 nuts"),
	REQ("keep", geo_keep, "first characters kept", "保留的前几位"),
	REQ("areas", texts, "the groups; all else is other", "各分组地区；其余归入 other"), END };
static const struct shape geo = { .kind = SHAPE_MAP, .fields = geo_fields };
static const struct field column_fields[] = {
	REQ("use", use, "what the column may be used for: one word, or [group, measure]",
		"该字段的用途：一个词，或 [group, measure]"),
	OPT("category", category,
		"what it is about; presets set ceilings by category. Needed unless a preset's "
		"catalogue knows the column",
		"类别，预设按类别规定上限；预设目录中已有的字段可不写"),
	OPT("name", name, "another name for it in group_by, as 性别",
		"group_by 中使用的名称，如 性别"),
	OPT("as", as_word, "age: year of birth becomes age, for bands",
		"age：由出生年份换算年龄，配合 bands"),
	OPT("bands", bands, "edges of bands, rising, as [0, 18, 45]: 0-17, 18-44, 45+",
		"各段起点，递增，如 [0, 18, 45]：0-17、18-44、45+"),
	OPT("truncate", truncate_word, "days become whole periods; needs range",
		"日期归并到的周期，须配合 range"),
	OPT("range", span, "first..last day that counts, as 2018-01-01..2025-12-31",
		"计入的首日..末日，如 2018-01-01..2025-12-31"),
	OPT("categories", lists_of_texts,
		"label: [codes], as {男: [8507], 女: [8532]} or of a column of texts {男: [M], 女: "
		"[F]}; all "
		"else is other",
		"标签: [编码]，如 {男: [8507], 女: [8532]}；文本字段如 {男: [M], 女: "
		"[F]}；其余归入 other"),
	OPT("geo", geo, "places become whole areas", "地点归并到的地区"),
	OPT("values", integers, "the only values a filter may name", "筛选条件可用的取值"),
	OPT("cuts", decimals, "the only numbers a filter may compare it with, rising, as [6.5, 7]",
		"筛选时只能与这些数比较，递增，如 [6.5, 7]"),
	OPT("codes", system_word, "the code system its values are in, or model",
		"取值所用的编码系统，或 model"),
	OPT("why", title, "the reason, shown in refusals", "理由，拒绝时显示"), END
};
static const struct shape column = { .kind = SHAPE_MAP, .fields = column_fields };
static const struct shape columns = { .kind = SHAPE_MAP_OF, .of = &column };
static const struct field measure_fields[] = { REQ("id", id, "its name in questions", "指标标识"),
	OPT("title", title, "its name for people", "指标名称"),
	REQ("column", name, "the column of the number", "数值字段"),
	OPT("where", lists_of_integers,
		"column: [codes] that pick its rows, as {measurement_concept_id: [3004410]}",
		"取哪些编码的记录，如 {measurement_concept_id: [3004410]}"),
	OPT("unit", text, "unit of the number", "单位"),
	OPT("clamp", decimals,
		"[lowest, highest] possible value, from knowledge, never from the data",
		"[最小, 最大] 可能值，取自常识，不得取自数据"),
	OPT("cuts", decimals, "the only thresholds a question may use", "可用的切点"), END };
static const struct shape measure = { .kind = SHAPE_MAP, .fields = measure_fields };
static const struct shape measures = { .kind = SHAPE_LIST, .of = &measure };
static const struct shape table_kind = {
	.kind = SHAPE_WORD, .words = words_table_kind, .meanings = words_table_kind_meanings
};
static const struct field table_fields[] = {
	OPT("per_patient_max", positive, "most rows of one patient that may enter one answer",
		"每名患者最多计入一个答案的行数"),
	OPT("kind", table_kind, "table, view or lookup", "表、视图或代码表"),
	OPT("definition", text,
		"of a view: sha256:... of what it selects; `cordon policy check --db` prints it",
		"视图定义的 sha256:…，由 cordon policy check --db 给出"),
	REQ("columns", columns, "every column that may be used; what is not listed is forbidden",
		"可使用的字段；未列出的一律禁止"),
	OPT("measures", measures, "numbers with bounds", "带上下限的指标"), END
};
static const struct shape table = { .kind = SHAPE_MAP, .fields = table_fields };
static const struct shape tables = { .kind = SHAPE_MAP_OF, .of = &table };
static const struct field drop_fields[] = {
	OPT("opted_out", text, "schema.table.column with the key of those who opted out",
		"退出者名单中患者标识所在的 模式.表.字段"),
	OPT("under_age", edge, "people younger than this are left out", "不计入低于此年龄者"), END
};
static const struct shape drop = { .kind = SHAPE_MAP, .fields = drop_fields };
static const struct shape level = { .kind = SHAPE_INT, .low = 1, .high = 5 };
static const struct field dataset_fields[] = { REQ("title", title, "its name for people", "名称"),
	OPT("level", level, "level of the data, 1 to 5", "数据分级 1 至 5"),
	OPT("drop_patients", drop, "people removed before anything is computed",
		"计算前剔除的患者"),
	REQ("tables", tables,
		"every table that may be used, as schema.table; what is not listed is forbidden",
		"可使用的表，写作 模式.表；未列出的一律禁止"),
	END };
static const struct shape dataset = { .kind = SHAPE_MAP, .fields = dataset_fields };
static const struct shape datasets = { .kind = SHAPE_MAP_OF, .of = &dataset };
static const struct shape code_use = {
	.kind = SHAPE_WORD, .words = words_code_use, .meanings = words_code_use_meanings
};
static const struct field code_fields[] = { REQ("id", id, "the rule's name", "规则标识"),
	OPT("title", title, "its name for people", "名称"),
	REQ("use", code_use, "forbidden or restricted", "禁止或限制"),
	OPT("omop", texts, "concepts; N+ with descendants", "概念编码；N+ 含下级"),
	OPT("local", lists_of_texts,
		"schema.table.column: [codes of the site's own], exactly as written; VIP01-VIP99 "
		"is a range",
		"模式.表.字段: [本院编码]，须与数据完全一致；VIP01-VIP99 为范围"),
	OPT("icd10", texts, "diagnoses: codes or ranges, by prefix", "诊断：编码或范围，按前缀"),
	OPT("icd9cm3", texts, "procedures: codes or ranges, by prefix",
		"手术操作：编码或范围，按前缀"),
	OPT("snomed", texts, "SNOMED CT codes", "SNOMED CT 编码"),
	OPT("atc", texts, "drugs: ATC codes of any level", "药品：任一级 ATC 编码"),
	OPT("loinc", texts, "tests: LOINC codes", "检验：LOINC 编码"),
	OPT("departments", texts, "names of departments", "科室名称"),
	OPT("studies", ids, "studies that may use a restricted code", "可使用该编码的课题"),
	OPT("kinds", texts, "and with which kinds", "以及允许的查询类型"),
	OPT("min_patients", positive, "and at least so many patients", "最少患者数"),
	OPT("min_sites", positive, "and at least so many sites", "最少机构数"),
	OPT("why", title, "the reason, for the record and for signers", "理由，供留档和签字人查看"),
	OPT("basis", title, "law or decision", "依据"),
	OPT("from", from_word, "law, standard or practice", "依据的性质"),
	OPT("confirmed", confirmed_word, "whether what is cited was looked up, and by whom",
		"引用是否核对、由谁确认"),
	END };
static const struct shape code = { .kind = SHAPE_MAP, .fields = code_fields };
static const struct shape codes = { .kind = SHAPE_LIST, .of = &code };
static const struct field keep_fields[] = { OPT("gb2260", geo_keep, "digits of a GB/T 2260 code",
						    "行政区划代码位数"),
	OPT("zip", geo_keep, "digits of a postal code", "邮政编码位数"),
	OPT("nuts", geo_keep, "characters of a NUTS code", "NUTS 代码位数"), END };
static const struct shape keep = { .kind = SHAPE_MAP, .fields = keep_fields };
static const struct field limit_fields[] = { OPT("use", use, "uses allowed", "允许的用途"),
	OPT("truncate", truncate_word, "finest period", "最细周期"),
	OPT("last_band", edge, "highest start of the last band", "最后一段的最高起点"),
	OPT("keep", keep, "most characters of a place", "地区最多保留位数"), END };
static const struct shape limits = { .kind = SHAPE_MAP, .fields = limit_fields };
static const struct field exception_fields[] = { REQ("to", text, "preset:NAME/CATEGORY",
							 "preset:名称/类别"),
	REQ("for", text, "column:schema.table.column", "column:模式.表.字段"),
	REQ("allow", limits, "what the ceiling becomes", "放宽后的上限"),
	REQ("why", title, "the reason, for the record and for signers", "理由，供留档和签字人查看"),
	REQ("basis", text, "the decision it rests on: body, day, number",
		"所依据的决定：机构、日期、文号"),
	REQ("until", day, "last day, at most 12 months away", "截止日，最长 12 个月"), END };
static const struct shape exception = { .kind = SHAPE_MAP, .fields = exception_fields };
static const struct shape exceptions = { .kind = SHAPE_LIST, .of = &exception };
static const struct field red_list_fields[] = {
	REQ("datasets", datasets, "the data that may be asked", "可查询的数据集"),
	OPT("codes", codes, "sensitive codes", "敏感代码规则"),
	OPT("exceptions", exceptions, "dated loosenings of a preset", "有期限的例外"), END
};
const struct shape shape_red_list = { .kind = SHAPE_MAP, .fields = red_list_fields };

/* queries.yaml */
static const struct shape group_count = { .kind = SHAPE_INT, .low = 0, .high = MAX_GROUPS };
static const struct shape filter_count = { .kind = SHAPE_INT, .low = 0, .high = 6 };
static const struct shape cell_count = { .kind = SHAPE_INT, .low = 1, .high = MAX_CELLS };
static const struct shape bucket_count = { .kind = SHAPE_INT, .low = 1024, .high = 1000000 };
static const struct field kind_fields[] = { REQ("group_by", group_count,
						    "most groups of a question", "最多分组数"),
	REQ("filters", filter_count, "most filters on an officers' cohort", "对既定队列最多筛选数"),
	REQ("max_cells", cell_count, "most cells of an answer", "答案最多单元格数"),
	OPT("at", decimals, "the quantiles, as [0.25, 0.5]", "分位点，如 [0.25, 0.5]"),
	OPT("step", text, "step of a curve, as 3 months", "曲线步长，如 3 months"),
	OPT("horizon", text, "end of a curve, as 60 months", "曲线终点，如 60 months"),
	OPT("person", text, "column by which all hospitals know a person", "各医院共同识别患者的字段"),
	OPT("buckets", bucket_count, "of a count of distinct people; the same at every hospital",
		"去重计数的桶数，各医院须一致"),
	END };
static const struct shape kind = { .kind = SHAPE_MAP, .fields = kind_fields };
static const struct shape kinds = { .kind = SHAPE_MAP_OF, .of = &kind };
static const struct shape criteria_count = { .kind = SHAPE_INT, .low = 1, .high = MAX_CRITERIA };
static const struct shape window_word = { .kind = SHAPE_WORD, .words = words_window };
static const struct shape depth_count = { .kind = SHAPE_INT, .low = 1, .high = MAX_DEPTH };
static const struct field compose_fields[] = { REQ("criteria", criteria_count,
						       "most criteria of a cohort", "最多条件数"),
	REQ("depth", depth_count, "deepest nesting of all, any, none", "最大嵌套层数"),
	OPT("kinds", texts, "kinds that may compose; all that are listed unless given",
		"可自组队列的查询类型；不写则为全部已列类型"),
	OPT("window_step", window_word, "edges of time windows are multiples of this",
		"时间窗的边界须为其整数倍"),
	END };
static const struct shape compose = { .kind = SHAPE_MAP, .fields = compose_fields };
static const struct field cohort_fields[] = { REQ("id", id, "its name in questions", "队列标识"),
	REQ("title", title, "its name for people", "名称"),
	REQ("sql", text, "file in cohorts/", "SQL 文件"),
	OPT("params", map_of_texts, "parameter: column", "参数与字段"),
	REQ("kinds", texts, "kinds that may use it", "可用的查询类型"), END };
static const struct shape cohort = { .kind = SHAPE_MAP, .fields = cohort_fields };
static const struct shape cohorts = { .kind = SHAPE_LIST, .of = &cohort };
static const struct field queries_fields[] = {
	REQ("kinds", kinds, "a kind that is not listed is refused", "未列出的查询类型一律拒绝"),
	OPT("compose", compose, "lets requesters build cohorts", "允许研究者自组队列"),
	OPT("cohorts", cohorts, "officers' cohorts", "既定队列"), END
};
const struct shape shape_queries = { .kind = SHAPE_MAP, .fields = queries_fields };

/* release.yaml */
static const struct shape noise = {
	.kind = SHAPE_WORD, .words = words_noise, .meanings = words_noise_meanings
};
static const struct shape timing = {
	.kind = SHAPE_WORD, .words = words_timing, .meanings = words_timing_meanings
};
static const struct shape secure = {
	.kind = SHAPE_WORD, .words = words_secure, .meanings = words_secure_meanings
};
static const struct shape grain = { .kind = SHAPE_INT, .low = 1, .high = 1000000 };
static const struct shape similar_count = { .kind = SHAPE_INT, .low = 1, .high = MAX_SIMILAR_RULE };
static const struct field release_fields[] = { REQ("noise", noise, "laplace, gaussian or off",
						       "噪声：laplace、gaussian 或 off"),
	OPT("epsilon", decimal, "price of a question with laplace noise",
		"laplace 噪声时每次查询的开销"),
	OPT("rho", decimal,
		"price of a question with gaussian noise; 0.0244 is about epsilon 1 at delta 1e-6",
		"gaussian 噪声时每次查询的开销；0.0244 在 delta 为 1e-6 时约合 epsilon 1"),
	REQ("timing", timing, "how time is hidden", "应答时间的掩盖方式"),
	REQ("min_patients", positive, "smallest noisy count shown", "可公布的最小（加噪）人数"),
	REQ("min_sites", positive, "fewest sites of an answer", "最少机构数"),
	REQ("secure_aggregation", secure, "required, preferred or off",
		"安全聚合：必须、优先或关闭"),
	REQ("round_to", grain, "values are shown in multiples of this", "数值按此倍数展示"),
	OPT("max_similar", similar_count,
		"most answers to questions nearly the same in one study; no limit unless given",
		"同一课题内相差无几的查询最多答复几个；不写则不限"),
	OPT("dominance", decimals, "[people, share], with noise: off",
		"[人数, 份额]，用于 noise: off"),
	END };
static const struct shape release = { .kind = SHAPE_MAP, .fields = release_fields };
static const struct field tighter_fields[] = {
	REQ("for", text, "kind:, study:, dataset:, table:, measure: or code: with an id",
		"适用范围：kind:、study:、dataset:、table:、measure: 或 code: 加标识"),
	OPT("epsilon", decimal, "less than the release's", "小于总规则"),
	OPT("rho", decimal, "less than the release's", "小于总规则"),
	OPT("min_patients", positive, "more than the release's", "大于总规则"),
	OPT("min_sites", positive, "more than the release's", "大于总规则"),
	OPT("round_to", grain, "more than the release's", "大于总规则"), END
};
static const struct shape tighter = { .kind = SHAPE_MAP, .fields = tighter_fields };
static const struct shape tighters = { .kind = SHAPE_LIST, .of = &tighter };
static const struct field budget_fields[] = {
	REQ("for", text, "study:ID, dataset:ID, each-requester or each-study",
		"适用范围：study:课题、dataset:数据集、each-requester 或 each-study"),
	OPT("epsilon", decimal, "total for the period", "周期内的总额"),
	OPT("rho", decimal, "total for the period", "周期内的总额"),
	OPT("delta", decimal, "of an epsilon total, as 1e-6", "epsilon 总额的 delta，如 1e-6"),
	OPT("queries", positive, "most questions", "最多查询次数"),
	REQ("period", span, "first..last day whose charges count together", "计费周期，首日..末日"),
	END
};
static const struct shape budget = { .kind = SHAPE_MAP, .fields = budget_fields };
static const struct shape budgets = { .kind = SHAPE_LIST, .of = &budget };
static const struct field release_file_fields[] = {
	REQ("release", release, "holds for every answer", "适用于每个答案"),
	OPT("tighter", tighters, "stricter for some", "更严的规则"),
	REQ("budgets", budgets, "all that match are charged", "凡适用者均扣除"), END
};
const struct shape shape_release = { .kind = SHAPE_MAP, .fields = release_file_fields };

/* studies.yaml */
static const struct shape roles = { .kind = SHAPE_MAP_OF, .of = &texts };
static const struct field study_fields[] = { REQ("id", id, "its name in questions", "课题标识"),
	REQ("title", title, "its name for people", "名称"),
	OPT("purpose", texts, "purpose codes, as DUO:0000007, MONDO:0005148",
		"目的代码，如 DUO:0000007、MONDO:0005148"),
	OPT("approvals", map_of_texts,
		"ethics, committee, permit ...: number and day of each approval",
		"伦理、委员会、许可等批件的文号与日期"),
	REQ("valid", span, "first..last day of the study, inside the policy's",
		"课题有效期，首日..末日，不超出策略有效期"),
	REQ("datasets", ids, "data it may ask", "可用数据集"),
	REQ("kinds", texts, "kinds it may ask: count, histogram", "可用查询类型：count、histogram"),
	OPT("cohorts", ids, "officers' cohorts it may use", "可用既定队列"),
	REQ("may_use", texts, "every column and measure:ID its questions may touch; nothing beyond",
		"查询可涉及的全部字段与 measure:指标；其余一律不可用"),
	REQ("requesters", map_of_texts, "account: role, as li@renmin.example: analyst",
		"账号: 角色，如 li@renmin.example: analyst"),
	OPT("results_to", texts, "countries results may go to; kept, not enforced",
		"结果可送往的国家；仅记录"),
	END };
static const struct shape study = { .kind = SHAPE_MAP, .fields = study_fields };
static const struct shape studies = { .kind = SHAPE_LIST, .of = &study };
static const struct field refusal_fields[] = { REQ("id", id, "the proposed study", "所申请的课题标识"),
	REQ("why", title, "the reason, told to whoever proposed it", "理由，告知申请人"), END };
static const struct shape refusal = { .kind = SHAPE_MAP, .fields = refusal_fields };
static const struct shape refusals = { .kind = SHAPE_LIST, .of = &refusal };
static const struct field studies_fields[] = {
	REQ("roles", roles,
		"role: [kinds of question it may ask]; the word cohorts lets it use officers' "
		"cohorts",
		"角色: [可用查询类型]；写 cohorts 表示可用既定队列"),
	REQ("studies", studies, "who, for what, until when", "课题"),
	OPT("refused", refusals, "proposed studies that this site says no to", "本机构不同意的课题申请"), END
};
const struct shape shape_studies = { .kind = SHAPE_MAP, .fields = studies_fields };

/* tests.yaml: the keys of a question, and who asks when. What the question says is read by query/. */
static const struct shape decision = { .kind = SHAPE_WORD, .words = words_decision };
static const struct field ask_fields[] = { REQ("who", text, "account that asks", "申请人账号"),
	REQ("study", id, "study it asks for", "课题标识"),
	REQ("on", day, "day of asking", "查询日期"),
	REQ("kind", any, "kind of question", "查询类型"),
	OPT("dataset", any, "not needed when the study has only one",
		"数据集；课题仅有一个时可省略"),
	OPT("ages_on", any, "the question's own `on`: the day of ages",
		"查询本身的 on：计算年龄的日期"),
	OPT("of", any, "column, group or measure that is counted", "按其统计的字段、分组或指标"),
	OPT("cohort", any, "an officers' cohort, or criteria", "既定队列，或自组条件"),
	OPT("sets", any, "named lists of codes, as set:NAME in criteria", "代码集，条件中写作 set:名称"),
	OPT("params", any, "of an officers' cohort", "既定队列的参数"),
	OPT("filter", any, "conditions on an officers' cohort", "对既定队列的筛选"),
	OPT("group_by", any, "names of groups", "分组名称"),
	OPT("mode", any, "noised or secure", "noised 或 secure"),
	OPT("event", any, "what ends a curve's time", "曲线的终点事件"),
	OPT("step", any, "step of a curve", "曲线步长"),
	OPT("horizon", any, "end of a curve", "曲线终点"), OPT("at", any, "quantiles", "分位点"),
	OPT("sites", any, "read, and of no effect here", "可写，但在此不起作用"), END };
static const struct shape ask = { .kind = SHAPE_MAP, .fields = ask_fields };
static const struct shape spent = { .kind = SHAPE_MAP_OF, .of = &any };
static const struct field test_fields[] = { REQ("name", title, "what must hold", "须成立的事"),
	REQ("ask", ask, "the question, who asks it and when", "查询、申请人与日期"),
	REQ("expect", decision, "allow or deny", "允许（allow）或拒绝（deny）"),
	OPT("rule", text, "id of the rule that decides; needed with deny",
		"起决定作用的规则标识；deny 时必填"),
	OPT("spent", spent, "budget: amount that was spent before", "预算：此前已消耗的数额"),
	END };
const struct shape shape_test = { .kind = SHAPE_MAP, .fields = test_fields };
static const struct shape tests = { .kind = SHAPE_LIST, .of = &shape_test };
static const struct field tests_fields[] = {
	REQ("tests", tests, "questions and their answers", "示例查询及其应得的答复"), END
};
const struct shape shape_tests = { .kind = SHAPE_MAP, .fields = tests_fields };

/* presets/NAME.yaml */
static const struct field about_preset_fields[] = { REQ("id", id, "its name", "标识"),
	REQ("title", title, "what it is", "名称"), REQ("version", text, "its version", "版本"),
	REQ("checked", day, "last checked", "核对日期"), END };
static const struct shape about_preset = { .kind = SHAPE_MAP, .fields = about_preset_fields };
static const struct field ceiling_fields[] = { OPT("use", use, "uses allowed", "允许的用途"),
	OPT("truncate", truncate_word, "finest period", "最细周期"),
	OPT("last_band", edge, "highest start of the last band", "最后一段的最高起点"),
	OPT("keep", keep, "most characters of a place", "地区最多保留位数"),
	REQ("from", from_word, "law, standard or practice", "依据的性质"),
	REQ("basis", title, "where it stands", "依据"),
	OPT("confirmed", confirmed_word, "whether what is cited was looked up, and by whom",
		"引用是否核对、由谁确认"),
	END };
static const struct shape ceiling = { .kind = SHAPE_MAP, .fields = ceiling_fields };
static const struct shape ceilings = { .kind = SHAPE_MAP_OF, .of = &ceiling };
static const struct shape catalog = { .kind = SHAPE_MAP_OF, .of = &category };
static const struct shape otherwise_word = {
	.kind = SHAPE_WORD, .words = words_otherwise, .meanings = words_otherwise_meanings
};
static const struct shape drop_word = { .kind = SHAPE_WORD, .words = words_drop };
static const struct field requirement_fields[] = {
	OPT("approvals", ids, "a study's approvals hold one of these", "课题批件须有其一"),
	OPT("under_age", edge, "younger people are left out", "须剔除低于此年龄者"),
	OPT("drop", drop_word, "people who opted out are left out", "须剔除退出者"),
	OPT("results_to", texts, "answers go to these countries only", "结果仅可送往这些国家"),
	OPT("purpose", texts, "a study's purpose is one of these", "课题目的须为其一"),
	OPT("for", texts, "only for studies that may use this category or code:ID",
		"仅适用于可使用该类别或 code:规则 的课题"),
	OPT("unless", id, "not when a study's approvals hold this", "课题有此批件时不适用"),
	OPT("otherwise", otherwise_word, "error (when not given) or warning",
		"不满足时：错误（默认）或警告"),
	REQ("from", from_word, "law, standard or practice", "依据的性质"),
	REQ("basis", title, "where it stands", "依据"),
	OPT("confirmed", confirmed_word, "whether what is cited was looked up, and by whom",
		"引用是否核对、由谁确认"),
	END
};
static const struct shape requirement = { .kind = SHAPE_MAP, .fields = requirement_fields };
static const struct shape requirements = { .kind = SHAPE_LIST, .of = &requirement };
static const struct field preset_fields[] = { REQ("preset", about_preset, "which it is", "预设"),
	OPT("ceilings", ceilings, "category: strictest limit", "类别上限"),
	OPT("codes", codes, "sensitive codes", "敏感代码规则"),
	OPT("requires", requirements, "what studies and datasets must say", "对课题和数据集的要求"),
	OPT("catalog", catalog, "column: category", "字段类别"), END };
const struct shape shape_preset = { .kind = SHAPE_MAP, .fields = preset_fields };
