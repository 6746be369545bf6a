#include "policies/shapes.h"

#include "base/limits.h"
#include "policies/shape_fields.h"

/* The form of a model: models/ID.yaml. */

static const struct shape any = { .kind = SHAPE_ANY };
static const struct shape text = { .kind = SHAPE_TEXT };
static const struct shape title = { .kind = SHAPE_TITLE };
static const struct shape id = { .kind = SHAPE_ID };
static const struct shape name = { .kind = SHAPE_NAME };
static const struct shape texts = { .kind = SHAPE_LIST, .of = &text };
static const struct shape lists_of_texts = { .kind = SHAPE_MAP_OF, .of = &texts };
static const struct shape days = { .kind = SHAPE_INT, .low = 0, .high = MAX_WINDOW_DAYS };

static const struct field about_fields[] = { REQ("id", id, "its name", "标识"),
	REQ("title", title, "its name for people", "名称"), END };
static const struct shape about = { .kind = SHAPE_MAP, .fields = about_fields };

static const char *const words_person[] = { "omop", "own", NULL };
static const struct say words_person_meanings[] = {
	{ "OMOP concepts", "OMOP 概念" },
	{ "the hospital's own words or numbers", "本院自定的词或数字" },
};
static const struct shape person_codes = {
	.kind = SHAPE_WORD, .words = words_person, .meanings = words_person_meanings
};
static const struct field patients_fields[] = {
	REQ("table", name, "one row a person, as schema.table", "患者表，写作 模式.表"),
	REQ("key", name, "its key", "患者标识"), OPT("sex", name, "its sex", "性别"),
	OPT("birth_year", name, "its year of birth, a number", "出生年份（数字）"),
	OPT("birth", name, "its day of birth; without birth_year ages are taken from its year",
		"出生日期；未写 birth_year 时按其年份计算年龄"),
	OPT("race", name, "its race", "种族"), OPT("ethnicity", name, "its ethnicity", "民族"),
	OPT("codes", person_codes, "what sex, race and ethnicity hold; omop when not given",
		"性别、种族、民族的取值；默认 omop"),
	END
};
static const struct shape patients = { .kind = SHAPE_MAP, .fields = patients_fields };

/* In the order of enum attribute_kind; those that other keys give are not here. */
static const struct field attribute_fields[] = { OPT("type", name, "how the record came about",
							 "记录的来源类型"),
	OPT("source", name, "the code it was recorded with", "原始编码"),
	OPT("unit", name, "unit of the number", "数值的单位"),
	OPT("concept", name, "a result that is a code", "编码形式的结果"),
	OPT("status", name, "its status", "状态"),
	OPT("route", name, "route of a drug", "给药途径"),
	OPT("modifier", name, "what modifies its code", "修饰码"),
	OPT("qualifier", name, "what qualifies its result", "结果的限定"),
	OPT("operator", name, "<, =, > before the number", "数值前的 <、=、>"),
	OPT("place", name, "where the service was given", "服务地点"),
	OPT("anatomy", name, "site of the body", "身体部位"),
	OPT("quantity", name, "quantity", "数量"),
	OPT("supply", name, "days of supply", "用药天数"),
	OPT("refills", name, "refills", "续配次数"), OPT("dose", name, "dose", "剂量"),
	OPT("records", name, "records that an era is made of", "时段所含的记录数"),
	OPT("gap", name, "days without supply in an era", "时段内的间断天数"),
	OPT("range_low", name, "low end of the normal range", "参考范围下限"),
	OPT("range_high", name, "high end of the normal range", "参考范围上限"), END };
static const struct shape attributes = { .kind = SHAPE_MAP, .fields = attribute_fields };

static const struct field event_fields[] = {
	REQ("table", name, "where they are, as schema.table", "所在表，写作 模式.表"),
	OPT("concept", name, "the column of their code", "编码字段"),
	OPT("codes", any,
		"the system of these codes, as icd10; or of each system what stands before its "
		"codes, as "
		"{icd10: 'ICD10CM:'}; omop when not given",
		"编码所属系统，如 icd10；或各系统编码之前的文字，如 {icd10: 'ICD10CM:'}；默认 "
		"omop"),
	OPT("kinds", lists_of_texts,
		"of a table of several kinds only rows whose column holds one of these; 'LOINC:*' "
		"is "
		"whatever begins so",
		"一表含多类事件时，仅取该字段为所列值的行；'LOINC:*' 表示以其开头"),
	REQ("start", name, "their first day", "首日"), OPT("end", name, "their last day", "末日"),
	OPT("end_days", name, "days that they last, where there is no last day",
		"无末日时的持续天数字段"),
	OPT("lasts", days, "days that they last where neither is there; 1 when not given",
		"两者皆无时的持续天数；默认 1"),
	OPT("value", name, "their number", "数值"), OPT("id", name, "of the row", "行标识"),
	OPT("visit", name, "of the visit they belong to; of a visit its own id",
		"所属就诊的标识；就诊本身则为其标识"),
	OPT("provider", name, "who provided it; needs providers", "医护人员；须写 providers"),
	OPT("attributes", attributes, "further columns by what they mean", "其他字段及其含义"), END
};
static const struct shape event = { .kind = SHAPE_MAP, .fields = event_fields };
static const struct shape events = { .kind = SHAPE_MAP_OF, .of = &event };

static const struct field ancestors_fields[] = { REQ("table", name, "where", "所在表"),
	REQ("ancestor", name, "the higher concept", "上级概念"),
	REQ("descendant", name, "the lower concept", "下级概念"), END };
static const struct shape ancestors = { .kind = SHAPE_MAP, .fields = ancestors_fields };
static const struct field concepts_fields[] = { REQ("table", name, "where", "所在表"),
	REQ("id", name, "the concept", "概念"), REQ("system", name, "its vocabulary", "术语表"),
	REQ("code", name, "its code there", "在术语表中的编码"),
	OPT("invalid", name, "NULL while the concept is in force", "概念有效时为空的字段"), END };
static const struct shape concepts = { .kind = SHAPE_MAP, .fields = concepts_fields };
static const struct field maps_fields[] = { REQ("table", name, "where", "所在表"),
	REQ("from", name, "the source concept", "来源概念"),
	REQ("to", name, "the standard concept", "标准概念"),
	REQ("kind", name, "kind of relationship", "关系类型"),
	REQ("maps", text, "the kind that maps", "表示对应的关系类型"),
	OPT("invalid", name, "NULL while the mapping is in force", "对应关系有效时为空的字段"),
	END };
static const struct shape maps = { .kind = SHAPE_MAP, .fields = maps_fields };
static const struct field vocabulary_fields[] = { REQ("concepts", concepts, "codes", "编码"),
	REQ("maps", maps, "to standard concepts", "到标准概念的对应"),
	REQ("systems", lists_of_texts, "code system: vocabularies", "编码系统与术语表"), END };
static const struct shape vocabulary = { .kind = SHAPE_MAP, .fields = vocabulary_fields };
static const struct field paths_fields[] = { REQ("table", name, "where", "所在表"),
	REQ("path", name, "the path", "路径"), REQ("code", name, "the code there", "该处的编码"),
	END };
static const struct shape paths = { .kind = SHAPE_MAP, .fields = paths_fields };
static const struct field providers_fields[] = { REQ("table", name, "where", "所在表"),
	REQ("id", name, "id of the provider", "医护人员标识"),
	REQ("speciality", name, "the speciality", "专科"), END };
static const struct shape providers = { .kind = SHAPE_MAP, .fields = providers_fields };
static const struct field model_fields[] = { REQ("model", about, "which it is", "模型"),
	REQ("patients", patients, "the table of people", "患者表"),
	REQ("events", events, "kind of event: where it is", "事件类型与所在表"),
	OPT("ancestors", ancestors, "descendants of concepts", "概念层级"),
	OPT("vocabulary", vocabulary, "codes of other systems as concepts",
		"其他编码系统与概念的对应"),
	OPT("paths", paths, "codes by their place in a tree of names", "按名称树中的位置取编码"),
	OPT("providers", providers, "who provided care", "医护人员"), END };
const struct shape shape_model = { .kind = SHAPE_MAP, .fields = model_fields };
