#include "convert/circe_kinds.h"

#include <string.h>

#define COLUMN_GONE                                                                                  \
	{                                                                                            \
		"this column is no longer part of the OMOP CDM", "OMOP CDM 已不再包含此字段" \
	}
#define FREE_TEXT                                                                                  \
	{                                                                                          \
		"free text is never searched by a question", "问题从不检索自由文本"      \
	}
#define AGE_AT_END                                                                                 \
	{                                                                                          \
		"Circe takes this age at the end of the event, the language at its start",         \
			"Circe 按事件结束日计算此年龄，问题语言按开始日计算" \
	}
#define PLACES                                                                                     \
	{                                                                                          \
		"the region of a place of service is not part of the language",                    \
			"问题语言不含服务地点所在区域"                               \
	}

/* What every type has. */
#define COMMON                                                                                     \
	{ .key = "CorrelatedCriteria", .how = HOW_NESTED },                                        \
		{ .key = "CodesetId", .how = HOW_CODES }, { .key = "First", .how = HOW_FIRST },    \
	{                                                                                          \
		.key = "DateAdjustment", .how = HOW_REFUSED,                                       \
		.why = { "shifted dates are not part of the language",                             \
			"问题语言不含日期平移" }                                                   \
	}
#define SEX                                                                                        \
	{ .key = "Gender", .how = HOW_SEX },                                                       \
	{                                                                                          \
		.key = "GenderCS", .how = HOW_SEX_SELECTION                                        \
	}
#define AGE                                                                                        \
	{                                                                                          \
		.key = "Age", .how = HOW_AGE                                                       \
	}
#define VISIT                                                                                      \
	{ .key = "VisitType", .how = HOW_CONCEPTS, .attribute = ATTR_VISIT },                      \
	{                                                                                          \
		.key = "VisitTypeCS", .how = HOW_SELECTION, .attribute = ATTR_VISIT                \
	}
#define PROVIDER                                                                                   \
	{ .key = "ProviderSpecialty", .how = HOW_CONCEPTS, .attribute = ATTR_PROVIDER },           \
	{                                                                                          \
		.key = "ProviderSpecialtyCS", .how = HOW_SELECTION, .attribute = ATTR_PROVIDER     \
	}
#define TYPE(name)                                                                                 \
	{ .key = name, .how = HOW_CONCEPTS, .attribute = ATTR_TYPE, .filled = true },              \
		{ .key = name "CS",                                                                \
			.how = HOW_SELECTION,                                                      \
			.attribute = ATTR_TYPE,                                                    \
			.filled = true },                                                          \
	{                                                                                          \
		.key = name "Exclude", .how = HOW_EXCLUDE                                          \
	}
#define CONCEPTS(name, which)                                                                      \
	{ .key = name, .how = HOW_CONCEPTS, .attribute = which },                                  \
	{                                                                                          \
		.key = name "CS", .how = HOW_SELECTION, .attribute = which                         \
	}
#define SOURCE(name)                                                                               \
	{                                                                                          \
		.key = name, .how = HOW_SOURCE, .attribute = ATTR_SOURCE                           \
	}
#define STARTS(name)                                                                               \
	{                                                                                          \
		.key = name, .how = HOW_STARTS                                                     \
	}
#define ENDS(name)                                                                                 \
	{                                                                                          \
		.key = name, .how = HOW_ENDS                                                       \
	}
#define WHOLE(name, which)                                                                         \
	{                                                                                          \
		.key = name, .how = HOW_WHOLE, .attribute = which                                  \
	}
#define DECIMAL(name, which)                                                                       \
	{                                                                                          \
		.key = name, .how = HOW_DECIMAL, .attribute = which                                \
	}
#define REFUSED(name, ...)                                                                         \
	{                                                                                          \
		.key = name, .how = HOW_REFUSED, .why = __VA_ARGS__                                \
	}
#define ERA                                                                                        \
	STARTS("EraStartDate"), ENDS("EraEndDate"), { .key = "EraLength", .how = HOW_LASTING },    \
		{ .key = "AgeAtStart", .how = HOW_AGE }, REFUSED("AgeAtEnd", AGE_AT_END)
#define END                                                                                        \
	{                                                                                          \
		.key = NULL                                                                        \
	}

static const struct circe_field condition[] = { COMMON, STARTS("OccurrenceStartDate"),
	ENDS("OccurrenceEndDate"), TYPE("ConditionType"), REFUSED("StopReason", FREE_TEXT),
	SOURCE("ConditionSourceConcept"), AGE, SEX, PROVIDER, VISIT,
	CONCEPTS("ConditionStatus", ATTR_STATUS), END };
static const struct circe_field drug[] = { COMMON, STARTS("OccurrenceStartDate"),
	{ .key = "OccurrenceEndDate", .how = HOW_STARTS_ALSO }, TYPE("DrugType"),
	REFUSED("StopReason", FREE_TEXT), WHOLE("Refills", ATTR_REFILLS),
	DECIMAL("Quantity", ATTR_QUANTITY), WHOLE("DaysSupply", ATTR_SUPPLY),
	CONCEPTS("RouteConcept", ATTR_ROUTE), REFUSED("EffectiveDrugDose", COLUMN_GONE),
	REFUSED("DoseUnit", COLUMN_GONE), REFUSED("DoseUnitCS", COLUMN_GONE),
	REFUSED("LotNumber", FREE_TEXT), SOURCE("DrugSourceConcept"), AGE, SEX, PROVIDER, VISIT,
	END };
static const struct circe_field procedure[] = { COMMON, STARTS("OccurrenceStartDate"),
	TYPE("ProcedureType"), CONCEPTS("Modifier", ATTR_MODIFIER),
	WHOLE("Quantity", ATTR_QUANTITY), SOURCE("ProcedureSourceConcept"), AGE, SEX, PROVIDER,
	VISIT, END };
static const struct circe_field measurement[] = { COMMON, STARTS("OccurrenceStartDate"),
	TYPE("MeasurementType"), CONCEPTS("Operator", ATTR_OPERATOR),
	{ .key = "ValueAsNumber", .how = HOW_VALUE }, CONCEPTS("ValueAsConcept", ATTR_CONCEPT),
	CONCEPTS("Unit", ATTR_UNIT), DECIMAL("RangeLow", ATTR_RANGE_LOW),
	DECIMAL("RangeHigh", ATTR_RANGE_HIGH), DECIMAL("RangeLowRatio", ATTR_LOW),
	DECIMAL("RangeHighRatio", ATTR_HIGH),
	REFUSED("Abnormal",
		{ "one of three signs of an abnormal result: write the ranges that you mean",
			"“异常”是三种迹象之一，请写明所指范围" }),
	SOURCE("MeasurementSourceConcept"), AGE, SEX, PROVIDER, VISIT, END };
static const struct circe_field observation[] = { COMMON, STARTS("OccurrenceStartDate"),
	TYPE("ObservationType"), { .key = "ValueAsNumber", .how = HOW_VALUE },
	REFUSED("ValueAsString", FREE_TEXT), CONCEPTS("ValueAsConcept", ATTR_CONCEPT),
	CONCEPTS("Qualifier", ATTR_QUALIFIER), CONCEPTS("Unit", ATTR_UNIT),
	SOURCE("ObservationSourceConcept"), AGE, SEX, PROVIDER, VISIT, END };
static const struct circe_field visit[] = { COMMON, STARTS("OccurrenceStartDate"),
	ENDS("OccurrenceEndDate"), TYPE("VisitType"), SOURCE("VisitSourceConcept"),
	{ .key = "VisitLength", .how = HOW_LASTING }, AGE, SEX, PROVIDER,
	CONCEPTS("PlaceOfService", ATTR_PLACE), REFUSED("PlaceOfServiceLocation", PLACES), END };
static const struct circe_field visit_detail[] = { COMMON, STARTS("VisitDetailStartDate"),
	ENDS("VisitDetailEndDate"),
	{ .key = "VisitDetailTypeCS",
		.how = HOW_SELECTION,
		.attribute = ATTR_TYPE,
		.filled = true },
	SOURCE("VisitDetailSourceConcept"), { .key = "VisitDetailLength", .how = HOW_LASTING },
	REFUSED("Age", AGE_AT_END), { .key = "GenderCS", .how = HOW_SEX_SELECTION },
	{ .key = "ProviderSpecialtyCS", .how = HOW_SELECTION, .attribute = ATTR_PROVIDER },
	{ .key = "PlaceOfServiceCS", .how = HOW_SELECTION, .attribute = ATTR_PLACE },
	REFUSED("PlaceOfServiceLocation", PLACES), END };
static const struct circe_field death[] = { COMMON, STARTS("OccurrenceStartDate"),
	{ .key = "DeathType", .how = HOW_CONCEPTS, .attribute = ATTR_TYPE },
	{ .key = "DeathTypeCS", .how = HOW_SELECTION, .attribute = ATTR_TYPE },
	{ .key = "DeathTypeExclude", .how = HOW_EXCLUDE }, SOURCE("DeathSourceConcept"), AGE, SEX,
	END };
static const struct circe_field device[] = { COMMON, STARTS("OccurrenceStartDate"),
	ENDS("OccurrenceEndDate"), TYPE("DeviceType"), REFUSED("UniqueDeviceId", FREE_TEXT),
	WHOLE("Quantity", ATTR_QUANTITY), SOURCE("DeviceSourceConcept"), AGE, SEX, PROVIDER, VISIT,
	END };
static const struct circe_field specimen[] = { COMMON, STARTS("OccurrenceStartDate"),
	TYPE("SpecimenType"), DECIMAL("Quantity", ATTR_QUANTITY), CONCEPTS("Unit", ATTR_UNIT),
	CONCEPTS("AnatomicSite", ATTR_ANATOMY), CONCEPTS("DiseaseStatus", ATTR_STATUS),
	REFUSED("SourceId", FREE_TEXT), { .key = "SpecimenSourceConcept", .how = HOW_IGNORED }, AGE,
	SEX, END };
static const struct circe_field condition_era[] = { COMMON, ERA, SEX,
	WHOLE("OccurrenceCount", ATTR_RECORDS), END };
static const struct circe_field drug_era[] = { COMMON, ERA, SEX,
	WHOLE("OccurrenceCount", ATTR_RECORDS),
	REFUSED("GapDays",
		{ "circe-be compares the gap with the range of EraLength instead of this one",
			"circe-be 误用 EraLength 的范围来比较间隔天数" }),
	END };
static const struct circe_field dose_era[] = { COMMON, ERA, SEX, CONCEPTS("Unit", ATTR_UNIT),
	DECIMAL("DoseValue", ATTR_DOSE), END };
static const struct circe_field period[] = { COMMON, STARTS("PeriodStartDate"),
	ENDS("PeriodEndDate"),
	{ .key = "PeriodType", .how = HOW_CONCEPTS, .attribute = ATTR_TYPE, .filled = true },
	{ .key = "PeriodTypeCS", .how = HOW_SELECTION, .attribute = ATTR_TYPE, .filled = true },
	{ .key = "PeriodLength", .how = HOW_LASTING }, { .key = "AgeAtStart", .how = HOW_AGE },
	REFUSED("AgeAtEnd", AGE_AT_END),
	REFUSED("UserDefinedPeriod",
		{ "days of one's own in place of an event's are not part of the language",
			"问题语言不能以自定日期代替事件日期" }),
	END };

static const struct circe_kind kinds[] = {
	{ "ConditionOccurrence", EVENT_CONDITION, true, condition, { NULL, NULL } },
	{ "DrugExposure", EVENT_DRUG, true, drug, { NULL, NULL } },
	{ "ProcedureOccurrence", EVENT_PROCEDURE, true, procedure, { NULL, NULL } },
	{ "Measurement", EVENT_MEASUREMENT, true, measurement, { NULL, NULL } },
	{ "Observation", EVENT_OBSERVATION, true, observation, { NULL, NULL } },
	{ "VisitOccurrence", EVENT_VISIT, true, visit, { NULL, NULL } },
	{ "VisitDetail", EVENT_VISIT_DETAIL, true, visit_detail, { NULL, NULL } },
	{ "Death", EVENT_DEATH, false, death, { NULL, NULL } },
	{ "DeviceExposure", EVENT_DEVICE, true, device, { NULL, NULL } },
	{ "Specimen", EVENT_SPECIMEN, false, specimen, { NULL, NULL } },
	{ "ConditionEra", EVENT_CONDITION_ERA, false, condition_era, { NULL, NULL } },
	{ "DrugEra", EVENT_DRUG_ERA, false, drug_era, { NULL, NULL } },
	{ "DoseEra", EVENT_DOSE_ERA, false, dose_era, { NULL, NULL } },
	{ "ObservationPeriod", EVENT_OBSERVATION_PERIOD, false, period, { NULL, NULL } },
	{ .name = "PayerPlanPeriod",
		.refused = { "payer plan periods are no event of the language",
			"问题语言不含保险支付期事件" } },
	{ .name = "LocationRegion",
		.refused = { "where people live is no event of the language",
			"问题语言不含居住地区事件" } },
};

const struct circe_kind *circe_kind(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

const struct circe_kind *circe_kind_of(enum event_kind kind)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].fields != NULL && kinds[i].kind == kind)
			return &kinds[i];
	return NULL;
}
