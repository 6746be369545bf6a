#include <string.h>

#include "policies/shape_fields.h"
#include "policies/shapes.h"

/* The words of the files, each list in the order of its enum. */

const char *const words_use[] = { "forbidden", "patient-key", "link", "filter", "group", "measure",
	NULL };
const char *const words_truncate[] = { "year", "quarter", "month", "week", "day", NULL };
const char *const words_table_kind[] = { "table", "view", "lookup", NULL };
const char *const words_timing[] = { "paced", "strict", "open", NULL };
const char *const words_catalogue[] = { "none", "studies", "open", NULL };
const char *const words_noise[] = { "laplace", "gaussian", "off", NULL };
const char *const words_secure[] = { "off", "preferred", "required", NULL };
const char *const words_from[] = { "law", "standard", "practice", NULL };
const char *const words_confirmed[] = { "lawyer", "text", "no", NULL };
const char *const words_otherwise[] = { "error", "warning", NULL };
const char *const words_window[] = { "1 day", "7 days", "30 days", NULL };
const char *const words_scope[] = { "kind", "study", "dataset", "table", "measure", "code",
	"each-requester", "each-study", NULL };
const char *const words_drop[] = { "opted_out", NULL };
const char *const words_category[] = { "id.name", "id.address", "id.phone", "id.fax", "id.email",
	"id.national-id", "id.insurance", "id.record-number", "id.account", "id.licence",
	"id.vehicle", "id.device", "id.url", "id.ip", "id.biometric", "id.photo", "id.other",
	"quasi.birth-date", "quasi.age", "quasi.sex", "quasi.date", "quasi.geo", "quasi.ethnicity",
	"quasi.occupation", "quasi.employer", "quasi.marital", "quasi.education", "special.genetic",
	"special.biometric", "special.origin", "special.religion", "special.political",
	"special.union", "special.sex-life", "special.financial", "special.location",
	"special.minor", "special.criminal", "health.diagnosis", "health.drug", "health.lab",
	"health.procedure", "health.vital", "health.cost", "health.free-text", "health.image",
	"health.psychotherapy", "staff.name", "staff.id", "tech.code", "tech.unit", "tech.source",
	NULL };
const char *const words_code_use[] = { "forbidden", "restricted", NULL };
const char *const words_system[] = { "omop", "icd10", "icd9cm3", "snomed", "atc", "loinc",
	"department", "own", NULL };
/* What a column of the red list holds: the same, or what the model says. */
const char *const words_codes[] = { "omop", "icd10", "icd9cm3", "snomed", "atc", "loinc",
	"department", "own", "model", NULL };
const char *const words_geo[] = { "gb2260", "zip", "nuts", NULL };
const char *const words_decision[] = { "allow", "deny", NULL };
const char *const words_as[] = { "age", NULL };

/* What each word of a list above means, in its order. */
const struct say words_use_meanings[] = {
	{ "nothing; the agent's role cannot read it. Needs why or category",
		"完全禁止，代理角色无权读取；须写 why 或 category" },
	{ "tells patients apart inside the agent; one per table", "在代理内部区分患者；每表一个" },
	{ "inside the agent only: removing rows; never leaves",
		"仅供代理内部使用，例如剔除记录；不外传" },
	{ "may stand in a condition; needs values, codes, or how it is generalised",
		"可作筛选条件；须写 values、codes 或一种归并方式" },
	{ "forms groups, and filters; needs bands, truncate, categories or geo",
		"可分组，也可筛选；须写 bands、truncate、categories 或 geo 之一" },
	{ "a number, through an entry in measures", "作为指标的数值；须在 measures 中写一项" },
};
const struct say words_code_use_meanings[] = {
	{ "rows with such a code are removed, and no question may name one",
		"剔除带有该编码的记录，任何查询不得写出该编码" },
	{ "the same for every study but those in `studies`", "除 studies 所列课题外，同禁止" },
};
const struct say words_truncate_meanings[] = {
	{ "whole years", "整年" },
	{ "whole quarters", "整季度" },
	{ "whole months", "整月" },
	{ "whole weeks, Monday to Sunday", "整周，周一至周日" },
	{ "single days; where no preset forbids it", "单日；仅在预设不禁止时可用" },
};
const struct say words_table_kind_meanings[] = {
	{ "a table with rows of patients", "含患者记录的表" },
	{ "a view; needs definition", "视图；须写 definition" },
	{ "codes without patients", "不含患者的代码表" },
};
const struct say words_timing_meanings[] = {
	{ "answers leave 50, 100, 200, 400 ... ms after the question: time tells at most the step",
		"在收到查询后 50、100、200、400……毫秒时发出，用时至多透露所在的档" },
	{ "answers leave 5, 30 or 300 s after the question, by its deadline alone",
		"在收到查询后 5、30 或 300 秒发出，只取决于查询时限" },
	{ "answers leave when they are ready: time may tell something about the data",
		"算完即发：用时可能透露数据情况" },
};
const struct say words_catalogue_meanings[] = {
	{ "the gateway is told nothing of this policy", "不向网关提供任何策略内容" },
	{ "a study's own people see what it may use, and nobody else (when not given)",
		"课题成员可见本课题可用的内容，他人不可见（默认）" },
	{ "everybody signed in at the gateway sees the datasets; studies stay with their people",
		"凡登录网关者均可见数据集；课题仍仅成员可见" },
};
const struct say words_noise_meanings[] = {
	{ "discrete Laplace noise; the price is epsilon", "离散拉普拉斯噪声，按 epsilon 计价" },
	{ "discrete Gaussian noise; the price is rho", "离散高斯噪声，按 rho 计价" },
	{ "no noise; needs dominance. Such answers are refused in this version",
		"不加噪声，须写 dominance；本版本拒绝这样作答" },
};
const struct say words_secure_meanings[] = {
	{ "every site answers for itself", "各机构单独作答" },
	{ "sites add up under masks when they can", "条件允许时在掩码下求和" },
	{ "nobody sees one site's number; other questions are refused",
		"任何人不得看到单个机构的数字；其他查询一律拒绝" },
};
const struct say words_from_meanings[] = {
	{ "a law or regulation", "法律法规" },
	{ "a standard", "标准" },
	{ "good practice", "惯例" },
};
const struct say words_confirmed_meanings[] = {
	{ "a lawyer confirmed it", "经律师确认" },
	{ "compared with the text or a copy of it", "已与原文或其副本核对" },
	{ "neither", "均未" },
};
const struct say words_otherwise_meanings[] = {
	{ "nothing is loaded", "不载入" },
	{ "it is advised only", "仅作建议" },
};
const struct say words_codes_meanings[] = {
	{ "OMOP standard concepts", "OMOP 标准概念" },
	{ "ICD-10 diagnoses, with national extensions", "ICD-10 诊断，含国家扩展码" },
	{ "ICD-9-CM-3 procedures", "ICD-9-CM-3 手术操作" },
	{ "SNOMED CT", "SNOMED CT" },
	{ "ATC drug classes", "ATC 药品分类" },
	{ "LOINC tests", "LOINC 检验" },
	{ "names of departments", "科室名称" },
	{ "the hospital's own codes, whole", "本院自定编码，整码比较" },
	{ "what the dataset's model says", "以数据集的数据模型为准" },
};
const struct say words_geo_meanings[] = {
	{ "GB/T 2260 codes of places in China: keep 2, 4 or 6",
		"GB/T 2260 行政区划代码：保留 2、4 或 6 位" },
	{ "ZIP codes: keep 1 to 5", "美国邮政编码：保留 1 至 5 位" },
	{ "NUTS regions of Europe: keep 2 to 5", "欧洲 NUTS 地区：保留 2 至 5 位" },
};
const struct say words_as_meanings[] = {
	{ "a year of birth becomes the age on the day that counts",
		"出生年份换算为所计日期的年龄" },
};

int word_index(const char *word, const char *const *words)
{
	for (int i = 0; word != NULL && words[i] != NULL; i++)
		if (strcmp(word, words[i]) == 0)
			return i;
	return -1;
}

size_t word_count(const char *const *words)
{
	size_t n = 0;

	while (words[n] != NULL)
		n++;
	return n;
}
